//! The people and places of the demonstration clinic. All of them are invented.

/// A specialty: slug, name, and what patients say for it.
pub(super) const SPECIALTIES: [(&str, &str, &str); 8] = [
    ("general-practice", "General practice", "cold, flu, sick note, vaccination, travel"),
    ("cardiology", "Cardiology", "irregular heartbeat, ECG, cholesterol"),
    ("dermatology", "Dermatology", "itching, psoriasis, warts"),
    ("gynaecology", "Gynaecology", "menopause, smear test, contraception"),
    ("ophthalmology", "Ophthalmology", "cataract, glaucoma"),
    ("orthopaedics", "Orthopaedics", "sports injury, sprain, arthritis"),
    ("paediatrics", "Paediatrics", "teenager, newborn, growth"),
    ("psychiatry", "Psychiatry", "sleep, stress, burnout, ADHD"),
];

/// A location: name, address, phone, time zone.
pub(super) const LOCATIONS: [(&str, &str, &str, &str); 2] = [
    ("Riverside Clinic", "4 Mill Lane, London SE1 2QP", "020 7946 0100", "Europe/London"),
    ("Harbour Clinic", "12 Akti Kountouri, Piraeus 185 35", "+30 21 0555 0142", "Europe/Athens"),
];

/// Places in [`LOCATIONS`].
pub(super) const RIVERSIDE: usize = 0;
pub(super) const HARBOUR: usize = 1;

/// Which visit types a doctor offers.
#[derive(Clone, Copy)]
pub(super) enum Offer {
    /// Consultation, video call, long appointment.
    General,
    /// First appointment, follow-up, video follow-up.
    Specialist,
    /// A session of fifty minutes with time in between, a first conversation by phone.
    Talking,
    /// Everything is a request that the doctor accepts.
    OnRequest,
    /// Check-up and vaccination, at most twelve a day.
    Children,
}

/// Weekly hours: location index, ISO weekdays, windows in minutes since midnight, and 1 for every week or 2 for every
/// second.
pub(super) type Hours = (usize, &'static [u8], &'static [(u16, u16)], i32);

/// How many of a doctor's times are taken, of ten.
pub(super) type Load = usize;

/// A doctor of the demonstration clinic.
pub(super) struct Person {
    pub name: &'static str,
    pub slug: &'static str,
    pub title: &'static str,
    /// Slugs, the main one first.
    pub specialties: &'static [&'static str],
    pub languages: &'static [&'static str],
    pub new_patients: bool,
    pub status: &'static str,
    pub offer: Offer,
    pub hours: &'static [Hours],
    pub load: Load,
    pub about: &'static str,
}

const WORKDAYS: &[u8] = &[1, 2, 3, 4, 5];
const FULL: &[(u16, u16)] = &[(9 * 60, 12 * 60 + 30), (13 * 60 + 30, 17 * 60)];
const MORNING: &[(u16, u16)] = &[(8 * 60 + 30, 12 * 60 + 30)];
const AFTERNOON: &[(u16, u16)] = &[(13 * 60, 17 * 60 + 30)];
const EVENING: &[(u16, u16)] = &[(17 * 60, 20 * 60)];

const fn doctor(name: &'static str, slug: &'static str, title: &'static str) -> Person {
    Person {
        name,
        slug,
        title,
        specialties: &["general-practice"],
        languages: &["en"],
        new_patients: true,
        status: "active",
        offer: Offer::General,
        hours: &[(RIVERSIDE, WORKDAYS, FULL, 1)],
        load: 4,
        about: "",
    }
}

/// The first one is the doctor of the demonstration's sign-in.
pub(super) const DOCTORS: [Person; 24] = [
    Person {
        languages: &["en", "ig", "fr"],
        hours: &[(RIVERSIDE, WORKDAYS, FULL, 1), (RIVERSIDE, &[6], MORNING, 1)],
        load: 6,
        about: "Family doctor with a special interest in long-term conditions. Likes to take the time to explain.",
        ..doctor("Dr Amara Okafor", "amara-okafor", "General practitioner")
    },
    Person {
        languages: &["en", "pl", "uk"],
        hours: &[(RIVERSIDE, WORKDAYS, MORNING, 1), (RIVERSIDE, &[2, 4], EVENING, 1)],
        about: "Sees patients of every age. Early and evening appointments for people who work.",
        ..doctor("Dr Tomasz Zieliński", "tomasz-zielinski", "General practitioner")
    },
    Person {
        languages: &["en", "ur", "pa"],
        new_patients: false,
        load: 8,
        about: "A family doctor at Riverside for twenty years.",
        ..doctor("Dr Farah Siddiqui", "farah-siddiqui", "General practitioner")
    },
    Person {
        languages: &["el", "en"],
        hours: &[(HARBOUR, WORKDAYS, FULL, 1)],
        load: 3,
        about: "Family doctor by the harbour. Travel advice and vaccinations.",
        ..doctor("Dr Eleni Papadaki", "eleni-papadaki", "General practitioner")
    },
    Person {
        languages: &["en", "cy"],
        hours: &[(RIVERSIDE, &[1, 3, 5], AFTERNOON, 1)],
        load: 2,
        about: "General practice and minor injuries.",
        ..doctor("Dr Rhys Bevan", "rhys-bevan", "General practitioner")
    },
    Person {
        specialties: &["cardiology"],
        languages: &["en", "yo"],
        offer: Offer::Specialist,
        load: 5,
        about: "Heart rhythm and high blood pressure. Brings clear words to complicated findings.",
        ..doctor("Dr Folasade Adeyemi", "folasade-adeyemi", "Consultant cardiologist")
    },
    Person {
        specialties: &["cardiology", "general-practice"],
        languages: &["el", "en", "de"],
        offer: Offer::Specialist,
        hours: &[(HARBOUR, &[1, 2, 3], FULL, 1), (RIVERSIDE, &[4, 5], MORNING, 2)],
        about: "Works at the harbour, and every second week in London.",
        ..doctor("Dr Nikos Stathakis", "nikos-stathakis", "Consultant cardiologist")
    },
    Person {
        specialties: &["cardiology"],
        languages: &["en", "ja"],
        offer: Offer::OnRequest,
        hours: &[(RIVERSIDE, &[2, 4], FULL, 1)],
        load: 3,
        about: "Heart valves. Reads your referral first, so each appointment is confirmed by her.",
        ..doctor("Dr Haruka Nishida", "haruka-nishida", "Consultant cardiologist")
    },
    Person {
        specialties: &["dermatology"],
        languages: &["en", "es"],
        offer: Offer::Specialist,
        hours: &[(RIVERSIDE, WORKDAYS, MORNING, 1)],
        about: "Skin checks, eczema and acne.",
        ..doctor("Dr José Álvarez", "jose-alvarez", "Consultant dermatologist")
    },
    Person {
        specialties: &["dermatology"],
        languages: &["en", "ta"],
        offer: Offer::Specialist,
        hours: &[(RIVERSIDE, &[3], &[(9 * 60, 11 * 60)], 1)],
        load: 10,
        about: "A small clinic every Wednesday. Booked out for weeks.",
        ..doctor("Dr Priya Raman", "priya-raman", "Consultant dermatologist")
    },
    Person {
        specialties: &["dermatology"],
        languages: &["el", "en", "it"],
        offer: Offer::Specialist,
        hours: &[(HARBOUR, &[2, 3, 4], FULL, 1)],
        load: 2,
        about: "Sun damage and moles.",
        ..doctor("Dr Katerina Vlachou", "katerina-vlachou", "Dermatologist")
    },
    Person {
        specialties: &["gynaecology"],
        languages: &["en", "so", "ar"],
        offer: Offer::Specialist,
        about: "Women's health at every stage of life. A chaperone is always offered.",
        ..doctor("Dr Hodan Warsame", "hodan-warsame", "Consultant gynaecologist")
    },
    Person {
        specialties: &["gynaecology"],
        languages: &["en", "pt"],
        offer: Offer::Specialist,
        hours: &[(RIVERSIDE, &[1, 2], FULL, 2), (RIVERSIDE, &[4], EVENING, 1)],
        load: 3,
        about: "Contraception and the change of life. Every second week, and Thursday evenings.",
        ..doctor("Dr Beatriz Nogueira", "beatriz-nogueira", "Gynaecologist")
    },
    Person {
        specialties: &["ophthalmology"],
        languages: &["en", "zh"],
        offer: Offer::Specialist,
        hours: &[(RIVERSIDE, &[1, 2, 4, 5], AFTERNOON, 1)],
        about: "Cataract and glaucoma. Your sight may be blurred after the appointment, so please do not drive.",
        ..doctor("Dr Mei-Ling Chen", "mei-ling-chen", "Consultant ophthalmologist")
    },
    Person {
        specialties: &["ophthalmology"],
        languages: &["el", "en", "ru"],
        offer: Offer::Specialist,
        hours: &[(HARBOUR, WORKDAYS, MORNING, 1)],
        load: 5,
        about: "Eye tests and dry eyes.",
        ..doctor("Dr Dimitra Kolovou", "dimitra-kolovou", "Ophthalmologist")
    },
    Person {
        specialties: &["orthopaedics"],
        languages: &["en", "nl", "de"],
        offer: Offer::Specialist,
        load: 7,
        about: "Knees and sports injuries. Surgery is the last thing he suggests.",
        ..doctor("Dr Bram de Vries", "bram-de-vries", "Consultant orthopaedic surgeon")
    },
    Person {
        specialties: &["orthopaedics"],
        languages: &["en", "hi", "gu"],
        offer: Offer::Specialist,
        hours: &[(RIVERSIDE, &[1, 3], FULL, 1)],
        about: "Hips, hands and back pain.",
        ..doctor("Dr Nandini Desai", "nandini-desai", "Orthopaedic surgeon")
    },
    Person {
        specialties: &["orthopaedics"],
        languages: &["en", "sv"],
        offer: Offer::Specialist,
        status: "paused",
        about: "Shoulders.",
        ..doctor("Dr Linnea Åkesson", "linnea-akesson", "Orthopaedic surgeon")
    },
    Person {
        specialties: &["paediatrics"],
        languages: &["en", "fr", "ha"],
        offer: Offer::Children,
        load: 5,
        about: "Children from the first day to sixteen. Bring the favourite toy.",
        ..doctor("Dr Ibrahim Danjuma", "ibrahim-danjuma", "Consultant paediatrician")
    },
    Person {
        specialties: &["paediatrics", "general-practice"],
        languages: &["el", "en", "sq"],
        offer: Offer::Children,
        hours: &[(HARBOUR, WORKDAYS, MORNING, 1), (HARBOUR, &[1, 3], EVENING, 1)],
        load: 3,
        about: "Check-ups, vaccinations and worried parents.",
        ..doctor("Dr Arta Hoxha", "arta-hoxha", "Paediatrician")
    },
    Person {
        specialties: &["psychiatry"],
        languages: &["en", "ga"],
        offer: Offer::Talking,
        about: "Anxiety, low mood and sleep. By video or face to face.",
        ..doctor("Dr Ciarán Mac Giolla", "ciaran-mac-giolla", "Consultant psychiatrist")
    },
    Person {
        specialties: &["psychiatry"],
        languages: &["en", "fa", "tr"],
        offer: Offer::Talking,
        hours: &[(RIVERSIDE, &[2, 3, 4], EVENING, 1), (RIVERSIDE, &[6], FULL, 2)],
        load: 3,
        about: "Evening sessions for adults.",
        ..doctor("Dr Shirin Moradi", "shirin-moradi", "Psychiatrist")
    },
    Person {
        specialties: &["psychiatry"],
        languages: &["el", "en"],
        offer: Offer::Talking,
        hours: &[],
        load: 0,
        about: "On leave for research; appointments by phone only.",
        ..doctor("Dr Petros Galanis", "petros-galanis", "Psychiatrist")
    },
    Person {
        languages: &["en", "vi"],
        hours: &[(RIVERSIDE, &[1, 2, 3, 4, 5, 6], EVENING, 1)],
        load: 1,
        about: "Evening doctor, Monday to Saturday.",
        ..doctor("Dr Thu Hà Nguyễn", "thu-ha-nguyen", "General practitioner")
    },
];

/// Patients. The first one is the patient of the demonstration's sign-in.
pub(super) const PATIENTS: [&str; 30] = [
    "Margaret Whitlock",
    "Samuel Adjei",
    "Ingrid Solheim",
    "Rajesh Malhotra",
    "Chloe Fairweather",
    "Dariusz Wrona",
    "Yasmin Haddad",
    "Oluwaseun Bello",
    "Teresa Vilela",
    "George Antoniou",
    "Noor Rahmani",
    "Henrik Lindqvist",
    "Aoife Brennan",
    "Minh Châu Lê",
    "Patrick Ogilvie",
    "Sofia Markou",
    "Kwame Osei",
    "Lucía Ferrer",
    "Edith Pemberton",
    "Arjun Nair",
    "Hannah Goldfarb",
    "Mehmet Yıldız",
    "Grace Mbeki",
    "Viktor Petrov",
    "Siân Llewellyn",
    "Ahmed Farouk",
    "Joanna Kettle",
    "Takumi Arai",
    "Rosa Campbell",
    "Bilal Chaudhry",
];
