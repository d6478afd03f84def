//! Bare signatures in a token, for the bound that a server with the same key is compared with.
//!
//! `tsa-bench-hsm MODULE TOKEN PIN_FILE LABEL SESSIONS`: each line of standard input is a number of
//! milliseconds; for so long each of the sessions signs one value after the other, with nothing
//! around it, and the number of signatures of all is printed.

use std::io::{BufRead, Write};
use std::time::Duration;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use tsa_bench::Fault;
use tsa_server::clock::Stopwatch;

/// A value as long as a `DigestInfo` of SHA-256; ECDSA takes its last 32 octets for a digest.
const VALUE: [u8; 51] = [0x30; 51];

fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, token, pin, label, sessions] = arguments.as_slice() else {
        return Err("say MODULE TOKEN PIN_FILE LABEL SESSIONS".into());
    };
    let pkcs11 = Pkcs11::new(module)?;
    pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    let is_meant = |slot: &_| {
        pkcs11
            .get_token_info(*slot)
            .is_ok_and(|info| info.label() == token)
    };
    let slot = pkcs11.get_slots_with_token()?.into_iter().find(is_meant);
    let slot = slot.ok_or("there is no such token")?;
    let pin = AuthPin::from(std::fs::read_to_string(pin)?.trim_end());
    let mut ways = Vec::new();
    for number in 0..sessions.parse::<usize>()? {
        let session = pkcs11.open_ro_session(slot)?;
        if number == 0 {
            session.login(UserType::User, Some(&pin))?;
        }
        ways.push(Way::new(session, label)?);
    }
    let mut output = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let time = Duration::from_millis(line?.trim().parse()?);
        let mut count = 0;
        std::thread::scope(|scope| -> Result<(), Fault> {
            let signing = ways
                .iter_mut()
                .map(|way| scope.spawn(|| way.sign_for(time)));
            for signing in signing.collect::<Vec<_>>() {
                let signed = signing.join().map_err(|_| "a thread ended early")?;
                count += signed.map_err(|error| error.to_string())?;
            }
            Ok(())
        })?;
        writeln!(output, "{count}")?;
        output.flush()?;
    }
    drop(ways);
    pkcs11.finalize()?;
    Ok(())
}

struct Way {
    session: Session,
    key: ObjectHandle,
    is_rsa: bool,
}

impl Way {
    fn new(session: Session, label: &str) -> Result<Self, Fault> {
        let label = Attribute::Label(label.as_bytes().to_vec());
        let wanted = [Attribute::Class(ObjectClass::PRIVATE_KEY), label];
        let found = session.find_objects(&wanted)?;
        let key = found.first().copied().ok_or("there is no such key")?;
        let types = session.get_attributes(key, &[AttributeType::KeyType])?;
        let is_rsa = types.contains(&Attribute::KeyType(KeyType::RSA));
        Ok(Self {
            session,
            key,
            is_rsa,
        })
    }

    fn sign_for(&mut self, time: Duration) -> Result<u64, cryptoki::error::Error> {
        let (mechanism, value) = match self.is_rsa {
            true => (Mechanism::RsaPkcs, VALUE.as_slice()),
            false => (
                Mechanism::Ecdsa,
                VALUE.last_chunk::<32>().map_or(&[][..], |it| it),
            ),
        };
        let watch = Stopwatch::start();
        let mut count = 0;
        while watch.elapsed() < time {
            self.session.sign(&mechanism, self.key, value)?;
            count += 1;
        }
        Ok(count)
    }
}
