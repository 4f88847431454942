use super::*;
use proptest::prelude::*;

/// `hello` in every algorithm and format, as Nix writes them.
const HELLO: &[(HashAlgorithm, [&str; 3])] = &[
    (
        HashAlgorithm::Md5,
        [
            "5d41402abc4b2a76b9719d911017c592",
            "4jqlbi14cxf6wpcajbphm40hax",
            "XUFAKrxLKna5cZ2REBfFkg==",
        ],
    ),
    (
        HashAlgorithm::Sha1,
        [
            "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
            "9m1skbnr5i43n3yypvda5s65vhfwdx5a",
            "qvTGHdzF6KLavt4PO0gs2a6pQ00=",
        ],
    ),
    (
        HashAlgorithm::Sha256,
        [
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
            "094qif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwic",
            "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
        ],
    ),
    (
        HashAlgorithm::Sha512,
        [
            "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca7\
             2323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043",
            "11w1pmwfdpz9pisbhp5qiv38q6dmidq2ipcqykw3p0sb6yrqcij79rwcwcjbxyzwbdal349q\
             bxrncbk7pmd6snljrfpiwv2pljd4wcv",
            "m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wu\
             XDre9G9zvN7AQw==",
        ],
    ),
    (
        HashAlgorithm::Blake3,
        [
            "ea8f163db38682925e4491c5e58d4bb3506ef8c14eb78a86e908c5624a67200f",
            "03r0cx565i88x638mdsfq7w6wl5k9f6ybici8ig950l6ncyid3za",
            "6o8WPbOGgpJeRJHF5Y1Ls1Bu+MFOt4qG6QjFYkpnIA8=",
        ],
    ),
];

#[test]
fn every_algorithm_and_format_is_nixs() {
    for (algorithm, [base16, nix32, base64]) in HELLO {
        let hash = Hash::of(*algorithm, "hello");
        assert_eq!(hash.base16(), *base16);
        assert_eq!(hash.nix32(), *nix32);
        assert_eq!(hash.base64(), *base64);
        assert_eq!(hash.sri(), format!("{algorithm}-{base64}"));
        for text in [base16, nix32, base64] {
            assert_eq!(Hash::parse(text, Some(*algorithm)), Ok(hash));
            assert_eq!(Hash::parse(&format!("{algorithm}:{text}"), None), Ok(hash));
        }
        assert_eq!(Hash::parse_sri(&hash.sri()), Ok(hash));
    }
}

#[test]
fn what_is_no_hash_is_said_in_nixs_words() {
    let sha256 = Some(HashAlgorithm::Sha256);
    let message = |text: &str, algorithm| match Hash::parse(text, algorithm) {
        Ok(hash) => panic!("{text} is {hash}"),
        Err(error) => error.to_string(),
    };
    assert_eq!(
        message("xyz", sha256),
        "hash 'xyz' has wrong length for hash algorithm 'sha256'"
    );
    assert_eq!(
        message("xyz", None),
        "hash 'xyz' does not include a type, nor is the type otherwise known from context"
    );
    assert_eq!(
        message("sha1:xyz", sha256),
        "hash 'sha1:xyz' should have type 'sha256'"
    );
    assert_eq!(
        message("md6:xyz", sha256),
        "unknown hash algorithm 'md6', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'"
    );
    assert_eq!(
        message("sha256-AAAA", None),
        "invalid SRI hash 'AAAA', length 3 != expected length 32"
    );
    assert_eq!(
        message(&"u".repeat(52), sha256),
        "invalid character in Nix32 (Nix's Base32 variation) string: 'u'"
    );
    assert_eq!(
        message(&"g".repeat(64), sha256),
        "invalid character in Base16 string: 'g'"
    );
    assert_eq!(
        message(&"*".repeat(44), sha256),
        "invalid character in Base64 string: '*'"
    );
    // Bits beyond the 256th.
    assert_eq!(
        message(&"z".repeat(52), sha256),
        format!(
            "invalid nix32 hash '{}', length 33 != expected length 32",
            "z".repeat(52)
        )
    );
}

#[test]
fn the_empty_hash_is_zero_where_it_is_allowed() {
    let zero = Hash::parse_allow_empty("", Some(HashAlgorithm::Sha256)).expect("a hash");
    assert_eq!(
        zero.sri(),
        "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    );
    assert_eq!(
        Hash::parse_allow_empty("", None),
        Err(HashError::EmptyWithoutAlgorithm)
    );
    assert!(Hash::parse("", Some(HashAlgorithm::Sha256)).is_err());
}

#[test]
fn compressing_folds() {
    assert_eq!(compress::<2>(&[1, 2, 4, 8, 16]), [1 ^ 4 ^ 16, 2 ^ 8]);
}

proptest! {
    #[test]
    fn decoding_undoes_encoding(bytes in prop::collection::vec(any::<u8>(), 0..70)) {
        prop_assert_eq!(encoding::decode_base16(&encoding::base16(&bytes)), Ok(bytes.clone()));
        prop_assert_eq!(encoding::decode_base64(&encoding::base64(&bytes)), Ok(bytes.clone()));
        prop_assert_eq!(encoding::decode_nix32(&encoding::nix32(&bytes)), Ok(bytes.clone()));
        prop_assert_eq!(encoding::base64(&bytes).len(), encoding::base64_length(bytes.len()));
        prop_assert_eq!(encoding::nix32(&bytes).len(), encoding::nix32_length(bytes.len()));
    }

    #[test]
    fn no_text_makes_parsing_panic(text in ".{0,80}") {
        let _ = Hash::parse(&text, None);
        for (algorithm, _) in HELLO {
            let _ = Hash::parse(&text, Some(*algorithm));
        }
    }

    #[test]
    fn a_stream_has_the_hash_of_its_whole(pieces in prop::collection::vec(".{0,40}", 0..6)) {
        for (algorithm, _) in HELLO {
            let mut hasher = Hasher::new(*algorithm);
            for piece in &pieces {
                hasher.update(piece.as_bytes());
            }
            prop_assert_eq!(hasher.finish(), Hash::of(*algorithm, pieces.concat()));
        }
    }
}
