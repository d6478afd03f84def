//! The properties of every fuzz target, over every payload under `testvectors/`, every certificate
//! under `certs/`, and tokens made of them, on a stable compiler.
//!
//! `TSA_CORPORA` names a folder of test data from elsewhere; its messages are run too.

#[cfg(test)]
mod replay {
    use tsa_core::{CertificateAnatomy, TimeStampReq};
    use tsa_fuzz::seeds;

    /// Every target with the bytes as they are, and a verification with them as the token, by the
    /// engine that obeys and by the one that comes along.
    fn run_all(bytes: &[u8], given: &[&[u8]]) {
        for (_, target) in tsa_fuzz::TARGETS {
            target(bytes);
        }
        for input in seeds::around_token(bytes, given) {
            tsa_fuzz::verify(&input);
            tsa_fuzz::verify_with_ring(&input);
        }
    }

    #[test]
    fn vectors_hold_the_properties() {
        let mut requests = 0_u32;
        let certificates = seeds::certificates().unwrap();
        let given = seeds::authorities(&certificates);
        for vector in seeds::vectors().unwrap() {
            requests += u32::from(TimeStampReq::from_der(&vector.payload).is_ok());
            run_all(&vector.payload, &vector.given(&given));
            let known = |name: &String| tsa_fuzz::TARGETS.iter().any(|(known, _)| known == name);
            assert!(vector.target.iter().all(known), "{}", vector.path.display());
        }
        assert!(requests > 0, "no vector is a request");
    }

    #[test]
    fn certificates_hold_the_properties() {
        let mut certificates = 0_u32;
        for (_, der) in seeds::certificates().unwrap() {
            certificates += u32::from(CertificateAnatomy::read(&der).is_ok());
            run_all(&der, &[]);
        }
        assert!(certificates > 0, "no file is a certificate");
    }

    /// All certificates in one bag, each in question once, everybody trusted in turn.
    #[test]
    fn certificates_together_hold_the_properties() {
        let certificates = seeds::certificates().unwrap();
        let mut values: Vec<Vec<u8>> = certificates.into_iter().map(|(_, der)| der).collect();
        for round in 0..values.len() {
            values.rotate_left(1);
            let trusted = u8::try_from(round % 256).unwrap();
            let few = values.iter().take(20).flatten().copied();
            let input: Vec<u8> = [trusted, trusted, 30, 0].into_iter().chain(few).collect();
            tsa_fuzz::path(&input);
            tsa_fuzz::names(&input[tsa_fuzz::PATH_HEAD_BYTES..]);
        }
    }

    #[test]
    fn paths_hold_the_properties() {
        for input in seeds::paths().unwrap() {
            tsa_fuzz::path(&input);
        }
    }

    #[test]
    fn tokens_of_all_certificates_hold_the_properties() {
        let certificates = seeds::certificates().unwrap();
        let given = seeds::authorities(&certificates);
        let tokens = seeds::made_tokens().unwrap();
        for token in &tokens {
            run_all(token, &given);
        }
        let passing = tokens
            .iter()
            .flat_map(|token| seeds::around_token(token, &given))
            .filter(|input| tsa_fuzz::passes(input))
            .count();
        assert!(passing > 0, "the engine pleases nobody");
    }

    #[test]
    fn files_from_elsewhere_hold_the_properties() {
        let messages = seeds::elsewhere().unwrap();
        if messages.is_empty() {
            println!("went without files from elsewhere: TSA_CORPORA is not set");
        }
        for (_, message) in &messages {
            run_all(message, &[]);
        }
        println!("soak: fuzz-replay {} files from elsewhere", messages.len());
    }
}
