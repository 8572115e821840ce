//! How long a search takes among a million people: a measurement, run by hand (docs/DEVELOPING.md).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use docslot::{
    accounts::Role,
    db::{Engine, Statement},
    patients::server::records,
};
use uuid::Uuid;

use crate::clinic::TestClinic;

const FIRST: [&str; 24] = [
    "Ana", "Bob", "Cleo", "Dora", "Emil", "Finn", "Grace", "Hugo", "Ida", "Jose", "Kim", "Lea", "Mary", "Noah",
    "Ozlem", "Pia", "Quinn", "Rosa", "Sam", "Tara", "Ugo", "Vera", "Will", "Zoe",
];
const ROWS: usize = 5_000;
/// Of a search on an idle machine.
const MOST: Duration = Duration::from_millis(50);

/// A family name of which some hundred people have each, as frequent ones are more frequent still.
fn family(n: usize) -> String {
    let letter = |at: usize| char::from(b'a' + u8::try_from(at % 26).unwrap_or_default());
    let rank = (n * 7919) % 10_007;
    let rank = if rank < 2_000 { rank % 20 } else { rank };
    [letter(rank), letter(rank / 26 + 8), letter(rank / 676 + 4), letter(rank / 100), 's', 'o', 'n'].iter().collect()
}

struct Person {
    id: String,
    name: String,
    words: Vec<String>,
}

fn person(n: usize) -> Person {
    let (first, family) = (FIRST[(n * 31) % FIRST.len()], family(n));
    let phone: String = format!("44207{n:07}").chars().rev().collect();
    let born = format!("={}-{:02}-{:02}", 1926 + n % 97, 1 + n % 12, 1 + n % 28);
    let words = vec![first.to_lowercase(), family.clone(), format!("+{phone}"), born, format!("#p{n}")];
    Person { id: Uuid::new_v4().simple().to_string(), name: format!("{first} {family}"), words }
}

const PEOPLE: Statement = Statement {
    sqlite: "insert into persons (id, display_name, search_text, role, created_at)
        select unhex(json_extract(value, '$[0]')), json_extract(value, '$[1]'), lower(json_extract(value, '$[1]')), 'patient', 0
        from json_each($1)",
    postgres: "insert into persons (id, display_name, search_text, role, created_at)
        select (v->>0)::uuid, v->>1, lower(v->>1), 'patient', now() from json_array_elements($1::json) v",
};
const WORDS: Statement = Statement {
    sqlite: "insert into person_words (word, person_id)
        select json_extract(value, '$[0]'), unhex(json_extract(value, '$[1]')) from json_each($1)",
    postgres: "insert into person_words (word, person_id)
        select v->>0, (v->>1)::uuid from json_array_elements($1::json) v",
};

/// Writes the people, and their words in the order of the index.
async fn fill(clinic: &TestClinic, people: Vec<Person>) {
    let rows: Vec<_> = people.iter().map(|person| [person.id.clone(), person.name.clone()]).collect();
    let mut words: Vec<[String; 2]> = Vec::new();
    for person in people {
        words.extend(person.words.into_iter().map(|word| [word, person.id.clone()]));
    }
    words.sort_unstable();
    clinic.execute("drop index person_words_person_index").await.expect("without the second index");
    let lists = |rows: &[[String; 2]]| -> Vec<String> {
        rows.chunks(ROWS).map(|rows| serde_json::to_string(rows).expect("JSON")).collect()
    };
    let all = Arc::new((lists(&rows), lists(&words)));
    clinic
        .write(move |mut tx| {
            let all = all.clone();
            Box::pin(async move {
                for list in &all.0 {
                    tx.execute(PEOPLE, (list,)).await?;
                }
                for list in &all.1 {
                    tx.execute(WORDS, (list,)).await?;
                }
                Ok(())
            })
        })
        .await;
    let index = "create index person_words_person_index on person_words (person_id, word)";
    clinic.execute(index).await.expect("the second index");
    clinic.execute("analyze").await.expect("statistics");
}

/// What is typed to find the person with this number.
type Typed = fn(usize) -> String;

async fn measure(clinic: TestClinic, engine: Engine) {
    let count: usize = std::env::var("DOCSLOT_PEOPLE").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let staff = clinic.user(Role::Admin).await;
    let begun = Instant::now();
    fill(&clinic, (0..count).map(person).collect()).await;
    println!("{engine:?}: {count} people in {:.0?}", begun.elapsed());
    // the first reader after so large a commit looks through what is not yet in the file itself
    records::find(&clinic.app, staff, "ana").await.expect("a page");
    let kinds: [(&str, Typed); 7] = [
        ("one word", family),
        ("two words", |n| format!("{} {}", family(n), FIRST[(n * 31) % FIRST.len()])),
        ("two beginnings", |n| format!("{} {}", &family(n)[..2], &FIRST[(n * 31) % FIRST.len()][..2])),
        ("a letter and a word", |n| format!("{} {}", &FIRST[(n * 31) % FIRST.len()][..1], family(n))),
        ("birth date", |n| format!("{} {} {}", 1 + n % 28, 1 + n % 12, 1926 + n % 97)),
        ("telephone", |n| format!("020 7{n:07}")),
        ("clinic number", |n| format!("P{n}")),
    ];
    for (kind, typed) in kinds {
        let mut times = Vec::new();
        for round in 0..20 {
            let typed = typed(round * 4_001 % count);
            let begun = Instant::now();
            let page = records::find(&clinic.app, staff, &typed).await.expect("a page");
            times.push(begun.elapsed());
            assert!(page.found.is_some_and(|found| !found.is_empty()), "{typed:?} finds somebody");
        }
        times.sort_unstable();
        println!("{engine:?}: {kind}: half within {:.1?}, the slowest {:.1?}", times[10], times[19]);
        assert!(times[10] < MOST, "{kind}: {times:?}");
    }
}

#[tokio::test]
#[ignore = "a minute or two"]
async fn a_search_among_a_million_people_on_sqlite() {
    TestClinic::run(Engine::Sqlite, |clinic| measure(clinic, Engine::Sqlite)).await;
}

#[tokio::test]
#[ignore = "a minute or two"]
async fn a_search_among_a_million_people_on_postgres() {
    TestClinic::run(Engine::Postgres, |clinic| measure(clinic, Engine::Postgres)).await;
}
