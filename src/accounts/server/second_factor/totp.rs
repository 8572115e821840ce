//! The codes that a telephone makes from a secret and the time: RFC 6238 with SHA-1, six digits and steps of 30 seconds,
//! which is what every such program on a telephone knows.

use qrcode::{Color, EcLevel, QrCode};
use rand::RngCore;
use totp_rs::{Builder, Secret};

use crate::{accounts::model::second_factor::SetUp, time::Timestamp};

/// Seconds of a step.
const STEP: i64 = 30;
/// Steps by which a telephone's clock may be off and still be told so: five minutes.
const NAMED_STEPS: i64 = 10;
/// As RFC 4226 recommends: 160 bits.
const SECRET_BYTES: usize = 20;
/// Light modules around the picture, without which some cameras do not find it.
const MARGIN: usize = 4;

/// How a code stands to a secret at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is the code of this step: the present one, or one beside it.
    Now(i64),
    /// It is the code of this step, which is so many seconds away: a clock is wrong. More than 0: the telephone's is fast.
    Off {
        step: i64,
        seconds: i32,
    },
    No,
}

/// A new secret.
pub(super) fn new_secret() -> Vec<u8> {
    let mut secret = vec![0; SECRET_BYTES];
    rand::rng().fill_bytes(&mut secret);
    secret
}

/// How a code of six digits stands to the secret.
pub(super) fn fit(secret: &[u8], code: &str, now: Timestamp) -> Fit {
    let Ok(totp) = Builder::new().with_secret(secret.to_vec()).with_skew(0).build() else {
        return Fit::No;
    };
    let present = now.0.div_euclid(STEP);
    let is_of = |step: i64| u64::try_from(step * STEP).is_ok_and(|time| totp.check(code, time).is_some());
    if let Some(step) = [present, present - 1, present + 1].into_iter().find(|step| is_of(*step)) {
        return Fit::Now(step);
    }
    let away = (2..=NAMED_STEPS).flat_map(|steps| [steps, -steps]).find(|steps| is_of(present + steps));
    match away {
        Some(steps) => Fit::Off { step: present + steps, seconds: i32::try_from(steps * STEP).unwrap_or_default() },
        None => Fit::No,
    }
}

/// What a person needs to set their telephone up: the picture for its camera, and the same to type.
pub(super) fn set_up(secret: &[u8], clinic: &str, email: &str) -> Option<SetUp> {
    // a colon would end the name
    let (clinic, email) = (clinic.replace(':', " "), email.replace(':', " "));
    let totp = Builder::new().with_secret(secret.to_vec()).with_issuer(Some(clinic)).with_account_name(email);
    let code = QrCode::with_error_correction_level(totp.build().ok()?.to_url().ok()?, EcLevel::M).ok()?;
    Some(SetUp { secret: in_groups(secret), size: code.width() + 2 * MARGIN, squares: squares(&code) })
}

/// The secret in base 32, four signs at a time.
fn in_groups(secret: &[u8]) -> String {
    let text: Vec<char> = Secret::from(secret.to_vec()).to_base32().chars().collect();
    text.chunks(4).map(|group| group.iter().collect()).collect::<Vec<String>>().join(" ")
}

/// The dark modules as the data of an SVG path: a bar for each run in a row.
fn squares(code: &QrCode) -> String {
    let (width, colors) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, next| one == next) {
            let length = run.len();
            if run.first() == Some(&Color::Dark) {
                path.push_str(&format!("M{} {}h{length}v1h-{length}z", x + MARGIN, y + MARGIN));
            }
            x += length;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    const RFC: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // appendix B has eight digits; six are the last of them
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(fit(RFC, code, Timestamp(seconds)), Fit::Now(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn the_step_before_and_after_count_and_farther_ones_are_named() {
        let (now, step) = (Timestamp(1_111_111_110), 37_037_037);
        // 081804 is the code of the step before
        let at = |steps: i64| fit(RFC, "050471", Timestamp(now.0 + 30 * steps));
        assert_eq!([at(-1), at(0), at(1)], [Fit::Now(step); 3]);
        assert_eq!(at(-2), Fit::Off { step, seconds: 60 }, "the telephone is ahead of us");
        assert_eq!(at(2), Fit::Off { step, seconds: -60 });
        assert_eq!(at(-10), Fit::Off { step, seconds: 300 });
        assert_eq!(at(10), Fit::Off { step, seconds: -300 });
        assert_eq!([at(11), at(-11)], [Fit::No; 2]);
    }

    #[test]
    fn what_is_no_code_fits_nothing() {
        for code in ["", "5047", "50471", "0504711", "+50471", "٠٥٠٤٧١", "05047a"] {
            assert_eq!(fit(RFC, code, Timestamp(1_111_111_111)), Fit::No, "{code}");
        }
        assert_eq!(fit(b"", "050471", Timestamp(1_111_111_111)), Fit::No);
        assert_eq!(fit(RFC, "050471", Timestamp(-5)), Fit::No);
    }

    #[test]
    fn secrets_differ_and_read_in_groups_of_four() {
        assert_ne!(new_secret(), new_secret());
        assert_eq!(new_secret().len(), 20);
        assert_eq!(in_groups(RFC), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }

    #[test]
    fn the_picture_has_a_margin_and_a_name_with_a_colon_makes_one_too() {
        let set_up = set_up(RFC, "Clinic: north", "ana@example.org").unwrap();
        assert!(set_up.size > 8 + 21, "{}", set_up.size);
        // the first finder pattern begins with a bar of seven
        assert!(set_up.squares.starts_with("M4 4h7v1h-7z"), "{}", &set_up.squares[..40]);
    }
}
