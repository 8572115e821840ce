//! A month in place of the list of days: every day of it stands there once, with as many free times as a press on it then
//! shows.

use docslot::{
    booking::{
        DaysPage, MonthDay,
        server::{self as booking, TimesQuery},
    },
    time::server::LocalDate,
};

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic, browser},
};

async fn page(clinic: &TestClinic, month: &str, day: Option<&str>) -> DaysPage {
    let query = TimesQuery {
        doctor_slug: clinic.doctors[0].slug.clone(),
        visit_type: clinic.doctors[0].visit_type,
        from: None,
        month: [month, "-01"].concat().parse().ok(),
        day: day.and_then(|day| day.parse().ok()),
        moving: None,
        person: None,
    };
    booking::days(&clinic.app, &browser("b"), query).await.expect("a page of days")
}

fn days(page: &DaysPage) -> Vec<MonthDay> {
    page.month.iter().flat_map(|month| month.weeks.iter().flatten().flatten().cloned()).collect()
}

both_databases! {
    async fn each_day_of_a_month_stands_under_its_weekday_with_as_many_times_as_it_shows(clinic: TestClinic) {
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("one time less");
        let shown = page(&clinic, "2026-01", None).await;
        let days = days(&shown);
        // from the week of today, the fifth, on
        assert_eq!(days.iter().map(|day| day.number).collect::<Vec<_>>(), (5..=31).collect::<Vec<u8>>());
        let month = shown.month.expect("a month");
        assert_eq!((month.label.as_str(), month.weeks.len()), ("January 2026", 4));
        let february = page(&clinic, "2026-02", None).await.month.expect("a month");
        // the first of February 2026 is a Sunday, and its last day a Saturday
        let stands = |week: &[Option<MonthDay>; 7]| week.iter().map(Option::is_some).collect::<Vec<_>>();
        assert_eq!(stands(&february.weeks[0]), [false, false, false, false, false, false, true]);
        assert_eq!(february.weeks.last().map(stands), Some(vec![true, true, true, true, true, true, false]));
        assert_eq!((month.previous, month.next.as_deref()), (None, Some("2026-02")));
        for day in &days {
            let times = page(&clinic, "2026-01", Some(&day.date)).await.day.map_or(0, |shown| shown.times.len());
            assert_eq!(usize::try_from(day.count), Ok(times), "{}", day.label);
            assert!(day.date.parse::<LocalDate>().is_ok());
        }
        assert_eq!((days[1].label.as_str(), days[1].count), ("Tuesday 6 January", 15));
        // the day that is shown is the first free one of the month
        assert_eq!(shown.day.map(|day| day.date), days.iter().find(|day| day.count > 0).map(|day| day.date.clone()));
    }

    async fn a_month_that_is_over_gives_way_to_this_one_and_an_empty_one_says_so(clinic: TestClinic) {
        let over = page(&clinic, "2025-03", None).await.month.expect("a month");
        assert_eq!(over.month, "2026-01");
        let empty = page(&clinic, "2031-03", None).await;
        assert!(days(&empty).iter().all(|day| day.count == 0) && empty.day.is_none());
        let month = empty.month.expect("a month");
        assert_eq!((month.previous.as_deref(), month.next), (Some("2031-02"), None));
        // what is no month is as if nothing had been asked for
        for nonsense in ["", "2026-13", "x", "2026-1", "99999-01"] {
            let page = page(&clinic, nonsense, None).await;
            assert!(page.month.is_none() && page.days.len() == 10, "{nonsense}");
        }
    }

    async fn a_day_of_another_month_is_not_shown_below_this_one(clinic: TestClinic) {
        clinic.execute("update weekly_hours set valid_from = '2026-02-10'").await.expect("hours from February on");
        let january = page(&clinic, "2026-01", None).await;
        assert!(january.day.is_none() && days(&january).iter().all(|day| day.count == 0));
        assert_eq!(january.month.and_then(|month| month.next).as_deref(), Some("2026-02"));
        let february = page(&clinic, "2026-02", None).await;
        assert_eq!(february.day.map(|day| day.date).as_deref(), Some("2026-02-10"));
    }

    async fn a_doctor_without_a_free_time_has_no_month_but_the_words_for_that(clinic: TestClinic) {
        clinic.execute("delete from weekly_hours").await.expect("no hours");
        let page = page(&clinic, "2026-01", None).await;
        assert!(page.month.is_none() && page.days.is_empty());
    }
}
