//! A standby that takes the place of its server, without the last that was written there.

use std::path::Path;

use super::postgres::{Postgres, as_owner, url};

impl Postgres {
    /// Copies the server's files, as they are now.
    pub(crate) fn copy(&self) {
        self.pg_ctl(&["stop", "--mode", "fast"]);
        self.as_owner("cp", &["-a", "data", "copy"]);
        self.start_again(&self.folder);
    }

    /// Has the copy take the place of the server, as a standby does that has not heard of what was
    /// written since. Whoever is told its address before has it for himself until he ends.
    pub(crate) async fn fall_back(&self, database: &str, alone: impl AsyncFnOnce(String)) {
        self.pg_ctl(&["stop", "--mode", "immediate"]);
        self.as_owner("mv", &["data", "lost"]);
        self.as_owner("mv", &["copy", "data"]);
        self.as_owner("touch", &["data/standby.signal"]);
        self.as_owner("mkdir", &["aside"]);
        let aside = self.folder.join("aside");
        self.start_again(&aside);
        self.pg_ctl(&["promote"]);
        alone(url(database, &aside)).await;
        self.pg_ctl(&["stop", "--mode", "fast"]);
        self.start_again(&self.folder);
    }

    fn start_again(&self, socket: &Path) {
        let options = format!(
            "-c listen_addresses= -c unix_socket_directories={} -c max_connections=300",
            socket.display()
        );
        self.pg_ctl(&["start", "--options", &options]);
    }

    fn as_owner(&self, program: &str, arguments: &[&str]) {
        let mut command = as_owner();
        command.arg(program).args(arguments);
        // The names of folders are those in the server's own.
        let status = command.current_dir(&self.folder).status();
        assert!(status.unwrap().success(), "{program} {arguments:?}");
    }
}
