use proptest::prelude::*;

use super::*;

#[test]
fn a_line_has_nothing_that_is_not_seen() {
    for (typed, kept) in [
        ("  Ana   Novak\n", "Ana Novak"),
        ("\u{200B}Ana\u{FEFF} \u{200B} Novak\u{2060}", "Ana Novak"),
        ("\u{202E}Ana\u{202C} \u{2066}Novak\u{2069}\u{200E}", "Ana Novak"),
        ("Ana\u{A0}\u{202F}Novak\u{3000}", "Ana Novak"),
        ("Ana\u{2028}Novak", "Ana Novak"),
        ("No\u{AD}vak", "Novak"),
        ("Jose\u{301}", "José"),
        ("Jose\u{200B}\u{301}", "José"),
        ("\u{200B}\u{3164}\u{2800}\u{115F}\u{FFA0}\u{180E}", ""),
        ("\u{200D}", ""),
        ("\u{FE0F}", ""),
        // joiners mean nothing between these letters
        ("A\u{200D}na\u{200C}", "Ana"),
        ("Ana\u{FE0F}", "Ana"),
        // a Persian name that needs one
        ("علی\u{200C}رضا", "علی\u{200C}رضا"),
        ("علی\u{200C} رضا", "علی رضا"),
        ("علی\u{200C}\u{200C}رضا", "علی\u{200C}رضا"),
        // a doctor as one picture out of two, a heart in colour
        ("👩\u{200D}⚕\u{FE0F}", "👩\u{200D}⚕\u{FE0F}"),
        ("❤\u{FE0F}", "❤\u{FE0F}"),
        ("1\u{FE0F}\u{20E3}", "1\u{FE0F}\u{20E3}"),
        // a form of one character in a Japanese name
        ("葛\u{E0100}飾", "葛\u{E0100}飾"),
        ("Đặng Thị Hồng", "Đặng Thị Hồng"),
    ] {
        assert_eq!(line(typed), kept, "{typed:?}");
        assert_eq!(is_blank(typed), kept.is_empty(), "{typed:?}");
    }
}

#[test]
fn control_characters_stay_for_the_check_to_refuse() {
    assert_eq!(line("4 Mill\nLane"), "4 Mill\nLane");
    assert_eq!(line("é\0"), "é\0");
    assert_eq!(line("é\tè"), "é\tè");
}

#[test]
fn lines_keep_their_breaks_and_blanks() {
    assert_eq!(kept_lines(" One\r\n two \r\n"), "One\n two");
    assert_eq!(kept_lines("Eins\u{2028}zwei\u{A0}  drei\u{200B}"), "Eins\nzwei   drei");
    assert_eq!(kept_lines("\u{200B}\r\u{200B}\n\u{3164}"), "");
}

#[test]
fn figures_are_those_of_an_english_keyboard() {
    for (typed, plain) in [
        (" ١٢ ", "12"),
        ("۳", "3"),
        ("१२", "12"),
        ("２０２６", "2026"),
        ("９：３０", "9:30"),
        ("２０２６－１２－０３", "2026-12-03"),
        ("2026\u{2011}12\u{2012}03", "2026-12-03"),
        ("\u{2212}5", "-5"),
        ("𝟗am", "9am"),
        ("½", "½"),
        ("GMC 4567 890", "GMC 4567 890"),
    ] {
        assert_eq!(figures(typed), plain, "{typed:?}");
    }
}

#[test]
fn every_table_of_digits_is_in_order_and_has_ten() {
    assert!(ZEROS.is_sorted());
    for zero in ZEROS {
        assert_eq!(plain_digit(zero), Some('0'));
        assert_eq!(char::from_u32(u32::from(zero) + 9).and_then(plain_digit), Some('9'));
        assert!(zero.is_numeric(), "{zero:?}");
    }
    for other in ['0', 'a', '½', '²', '一', '\u{66A}', '\u{65F}'] {
        assert_eq!(plain_digit(other), None, "{other}");
    }
}

/// Texts of any characters, and of those that this module is about, side by side.
fn typed() -> impl Strategy<Value = String> {
    let odd = proptest::sample::select(vec![
        'a',
        'e',
        ' ',
        '\u{301}',
        '\u{323}',
        '\u{338}',
        '<',
        'K',
        '\u{212A}',
        '\u{1E00}',
        '\u{200B}',
        '\u{200C}',
        '\u{200D}',
        '\u{2028}',
        '\u{202E}',
        '\u{2800}',
        '\u{3164}',
        '\u{FE0F}',
        '\u{E0100}',
        '\u{A0}',
        '\r',
        '\n',
        'か',
        '\u{3099}',
        'ل',
        'क',
        '\u{94D}',
        '❤',
        '1',
        '١',
        '１',
        '＜',
        'ー',
        '©',
    ]);
    proptest::collection::vec(prop_oneof![2 => odd, 1 => any::<char>()], 0..24)
        .prop_map(|letters| letters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_came_out_goes_through_unchanged(typed in typed()) {
        let (one, several, plain) = (line(&typed), kept_lines(&typed), figures(&typed));
        prop_assert_eq!(line(&one), one.as_str());
        prop_assert_eq!(kept_lines(&several), several.as_str());
        prop_assert_eq!(figures(&plain), plain.as_str());
        prop_assert_eq!(line(&plain), plain.as_str());
    }

    #[test]
    fn nothing_grows_by_much_and_nothing_unseen_is_left(typed in typed()) {
        // the longest that composing makes of one character is three
        let most = 3 * typed.chars().count();
        for kept in [line(&typed), kept_lines(&typed), figures(&typed)] {
            prop_assert!(kept.chars().count() <= most, "{:?}", kept);
            prop_assert!(!kept.contains(is_unseen), "{:?}", kept);
            prop_assert_eq!(kept.trim(), kept.as_str());
            prop_assert!(!kept.starts_with(['\u{200C}', '\u{200D}', '\u{FE0F}']), "{:?}", kept);
        }
        prop_assert!(!line(&typed).contains("  "));
    }
}
