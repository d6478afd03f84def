//! A clock that cannot be trusted, and a store that cannot be written: no token.

use std::fs;

use tsa_core::{PkiFailureInfo, PkiStatus};

use super::server::{Server, good_request, run};

fn fail_info(server: &Server) -> Option<PkiFailureInfo> {
    let reply = server.post(&good_request(1).to_der().unwrap());
    assert_eq!(reply.status, 200);
    reply.response().status.fail_info
}

#[test]
fn a_clock_behind_the_last_token_is_refused_until_the_operator_accepts_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    assert!(run(&["init", "--data", data.to_str().unwrap()]).0.success());
    // The last run stamped a time in the year 2100.
    fs::write(
        data.join("high-water"),
        "tsa-high-water 1\nserial 4102444800000000\nclock 4102444800000000\n",
    )
    .unwrap();

    let mut server = Server::start_in(&data, &[]);
    assert_eq!(fail_info(&server), Some(PkiFailureInfo::TIME_NOT_AVAILABLE));
    assert_eq!(server.connect().get("/readyz").status, 503);
    assert_eq!(server.connect().get("/healthz").status, 200);
    server.kill();

    let server = Server::start_in(&data, &["--accept-clock-step"]);
    assert_eq!(fail_info(&server), None);
    assert_eq!(server.connect().get("/readyz").status, 200);
    // Serial numbers stay above the mark all the same.
    let reply = server.post(&good_request(2).to_der().unwrap());
    assert!(
        reply.header("tsa-serial").unwrap() > "0e9326dd03c000",
        "{reply:?}"
    );
}

#[test]
fn the_kernel_clock_gives_an_accuracy_or_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_in(&folder.path().join("tsa-data"), &["--clock", "kernel"]);
    let reply = server.post(&good_request(1).to_der().unwrap());
    let response = reply.response();
    match response.status.status {
        PkiStatus::Granted => {
            let token = response.time_stamp_token.unwrap();
            // SEQUENCE of INTEGER or [0]: the accuracy, somewhere in the TSTInfo.
            let scanned = tsa_core::tlv::scan_der(&token).unwrap();
            let element = tsa_core::tlv::Reader::new(&scanned)
                .next_element()
                .unwrap()
                .unwrap();
            let mut deviations = tsa_core::tlv::Deviations::default();
            let signed = tsa_core::SignedData::read(&element, &mut deviations).unwrap();
            let accuracy = signed.unverified_tst_info().unwrap().info.accuracy.unwrap();
            assert!(accuracy.to_nanos().unwrap() >= 1_000_000);
        }
        _ => {
            assert_eq!(
                response.status.fail_info,
                Some(PkiFailureInfo::TIME_NOT_AVAILABLE)
            );
        }
    }
}

#[test]
fn a_mark_that_cannot_be_written_is_a_system_failure_and_service_resumes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    assert!(run(&["init", "--data", data.to_str().unwrap()]).0.success());
    let obstacle = data.join("high-water.next");
    fs::create_dir(&obstacle).unwrap();
    let server = Server::start_in(&data, &[]);
    assert_eq!(fail_info(&server), Some(PkiFailureInfo::SYSTEM_FAILURE));
    assert_eq!(server.connect().get("/readyz").status, 503);
    fs::remove_dir(&obstacle).unwrap();
    assert_eq!(fail_info(&server), None);
}
