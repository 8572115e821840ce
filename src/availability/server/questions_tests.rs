use super::*;

fn typed(text: &str, kind: &str, required: bool) -> QuestionInput {
    let required = if required { "true" } else { "" };
    QuestionInput { text: text.into(), kind: kind.into(), choices: "Left\nRight".into(), required: required.into() }
}

fn save(key: Option<i32>, text: &str, kind: &str, required: bool) -> QuestionEdit {
    QuestionEdit::Save { key, question: typed(text, kind, required) }
}

fn codes(question: &QuestionInput) -> Vec<(String, FieldCode)> {
    match read(1, question) {
        Err(AppError::Invalid { fields }) => fields.into_iter().map(|error| (error.field, error.code)).collect(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => Vec::new(),
    }
}

#[test]
fn a_question_with_another_text_or_kind_is_another_question() {
    let first = changed(&[], 1, &save(None, " Which  side? ", "choice", false)).unwrap();
    assert_eq!((first[0].key, first[0].text.as_str()), (1, "Which side?"));
    let required = changed(&first, 2, &save(Some(1), "Which side?", "choice", true)).unwrap();
    assert_eq!(required[0].key, 1, "it asks the same");
    for edit in [save(Some(1), "Which arm?", "choice", true), save(Some(1), "Which side?", "text", true)] {
        assert_eq!(changed(&required, 3, &edit).unwrap()[0].key, 3);
    }
    assert_eq!(changed(&first, 2, &save(Some(7), "x", "text", false)), Err(AppError::NotFound));
}

#[test]
fn questions_keep_an_order_and_a_number() {
    let mut list = Vec::new();
    for version in 1..=20 {
        list = changed(&list, version, &save(None, "How?", "text", false)).unwrap();
    }
    let full = changed(&list, 21, &save(None, "How?", "text", false));
    assert_eq!(full, Err(AppError::field("questions", FieldCode::OutOfRange(0, 20))));
    let keys = |list: &[Question]| list.iter().map(|question| question.key).take(3).collect::<Vec<_>>();
    let moved = changed(&list, 21, &QuestionEdit::Move { key: 2, up: true }).unwrap();
    assert_eq!(keys(&moved), [2, 1, 3]);
    assert_eq!(changed(&moved, 22, &QuestionEdit::Move { key: 2, up: true }).unwrap(), moved, "it is the first");
    assert_eq!(changed(&moved, 22, &QuestionEdit::Move { key: 20, up: false }).unwrap(), moved, "it is the last");
    assert_eq!(keys(&changed(&moved, 22, &QuestionEdit::Remove { key: 1 }).unwrap()), [2, 3, 4]);
}

#[test]
fn answers_stay_enough_until_something_new_must_be_answered() {
    let since = |before: &[Question], since, edit: &QuestionEdit, version| {
        let list = changed(before, version, edit).unwrap();
        (answers_needed_since(before, since, &list, version), list)
    };
    let (none, one) = since(&[], 0, &save(None, "A", "text", false), 1);
    let (first, two) = since(&one, none, &save(None, "B", "text", true), 2);
    assert_eq!((none, first), (0, 2));
    let (same, three) = since(&two, first, &save(None, "C", "text", false), 3);
    let (still, three) = since(&three, same, &QuestionEdit::Move { key: 3, up: true }, 4);
    assert_eq!((same, still), (2, 2));
    assert_eq!(since(&three, still, &save(Some(3), "C", "text", true), 5).0, 5, "it may be left out until now");
    assert_eq!(since(&three, still, &save(Some(2), "B, now?", "text", true), 5).0, 5);
    assert_eq!(since(&three, still, &QuestionEdit::Remove { key: 2 }, 5).0, 0);
}

#[test]
fn each_field_has_its_bounds() {
    let field = |name: &str| format!("question[{name}]");
    assert_eq!(codes(&typed(" ", "text", false)), [(field("text"), FieldCode::Missing)]);
    assert_eq!(codes(&typed(&"x".repeat(201), "text", false)), [(field("text"), FieldCode::TooLong(200))]);
    assert_eq!(
        codes(&typed("a\0", "essay", false)),
        [(field("text"), FieldCode::BadCharacters), (field("kind"), FieldCode::Unknown)]
    );
    let choices = |text: String| QuestionInput { choices: text, ..typed("Which?", "choice", false) };
    let number = [(field("choices"), FieldCode::OutOfRange(2, 10))];
    for wrong in [String::new(), "one".into(), "one\n one \n\n".into(), (0..11).map(|n| format!("{n}\n")).collect()] {
        assert_eq!(codes(&choices(wrong.clone())), number, "{wrong}");
    }
    assert_eq!(codes(&choices("a\nb\tc".into())), [(field("choices"), FieldCode::BadCharacters)]);
    assert_eq!(codes(&choices(format!("a\n{}", "b".repeat(101)))), [(field("choices"), FieldCode::TooLong(100))]);
    assert_eq!(read(1, &choices(" a \r\nb  c\r\n".into())).unwrap().choices, ["a", "b c"]);
    let text = QuestionInput { choices: "left over".into(), ..typed("How?", "text", false) };
    assert_eq!(read(1, &text).unwrap().choices, Vec::<String>::new());
}
