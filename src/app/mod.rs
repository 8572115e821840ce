//! The HTML shell, the table of page routes, and the frame around every page.

pub mod actions;
mod admin_nav;
#[cfg_attr(feature = "ssr", path = "answer_server.rs")]
#[cfg_attr(not(feature = "ssr"), path = "answer_browser.rs")]
pub(crate) mod answer;
mod clock;
mod components_page;
mod doctor_nav;
mod failure;
mod footer;
mod form_page;
mod forms;
mod frame;
mod header;
mod home;
mod passkey_form;
mod prefetch;
mod second_factor_due;
mod texts;
mod theme_switch;
mod title;
mod undelivered;
mod words;

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    components::{FlatRoutes, Route, Router},
    path,
};

pub use self::{
    admin_nav::AdminNav,
    clock::ClinicClock,
    doctor_nav::{DoctorNav, doctor_link, edits_calendar, named_doctor, whose_query},
    failure::{Failure, NotFound, role_words, sign_in_address},
    form_page::FormPage,
    forms::{Fields, FormState, problem_words},
    frame::{Clinic, DueSecondFactor, Frame, has_several_zones, leaving_target, own_page, tel_href, use_frame, zoned},
    passkey_form::{PASSKEY_FIELD, PasskeyForm},
    title::PageTitle,
    words::{capital, error_words, field_words},
};
use self::{
    components_page::ComponentsPage,
    footer::Footer,
    header::{EmergencyStrip, Header},
    home::HomePage,
    prefetch::PrefetchRules,
    second_factor_due::SecondFactorDue,
    texts::{AccessibilityPage, HelpPage, PrivacyPage},
    theme_switch::ThemeScript,
    undelivered::Undelivered,
};
use crate::{
    accounts::pages::{
        AccountEmailPage, AccountPage, AccountPasswordPage, AccountProfilePage, AddChildPage, AskAdultPage,
        ChangeSecondFactorPage, ForgotPage, InvitePage, InviteParentPage, LetActPage, OpenAccountPage, OwnAccountPage,
        PasswordAgainPage, PeoplePage, RegisterPage, RegisterSentPage, ResetPage, ResetSecondFactorPage,
        SecondFactorPage, SessionsPage, SignInCodePage, SignInPage, TokensPage, VerifyPage, WaitingPage,
    },
    admin::pages::{
        AuditPage, AvailabilityExplainerPage, ClosuresPage, DoctorPage, DoctorsPage, InvitationsPage, LocationPage,
        LocationZonePage, LocationsPage, MailboxMessagePage, MailboxPage, MessagePage, OutboxPage, OverviewPage,
        RoomPage, RoomsPage, SettingsPage, SpecialtiesPage, StatisticsPage, UserPage, UsersPage,
    },
    availability::pages::{HoursPage, OverridesPage, QuestionPage, QuestionsPage, VisitTypePage, VisitTypesPage},
    booking::pages::{
        AddAppointmentPage, AppointmentPage, AskedQuestionsPage, BookedSeriesPage, CancelPage, CancelSeriesPage,
        DeskSeriesPage, DetailsPage, DoctorWaitingListPage, DonePage, JoinWaitingListPage, LinkedAppointmentPage,
        LinkedOfferPage, MovePage, MyAppointmentsPage, MyWaitingListPage, OfferPage, PairPage, SeriesPage, SoonestPage,
        TimeOffAppointmentsPage, TimeOffPage, TimesPage, WhoPage,
    },
    desk::pages::DeskPage,
    doctors::pages::{
        AgendaPage, ColleaguesPage, DirectoryPage, LeavePage, LeavingPage, ListPage, OwnProfilePage, PreviewPage,
        ProfilePage, WeekPage,
    },
    notifications::pages::{FeedsPage, MessageChoicePage, StopRemindersPage},
    own_data::pages::{AccessPage, ClosedPage, ClosingPage, OwnDataPage},
    papers::pages::{PapersPage, papers_section},
    patients::pages::{EditPatientPage, MatchesPage, MergePatientPage, PatientPage, PatientsPage},
    ui::{BrowserFiles, IslandScripts, OnePress, StatusRegion, StaySignedIn, StyleLink},
};

/// The HTML document around the application. Rendered on the server only, once for every page load.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    answer::prepare();
    let Frame { theme, warned_after, .. } = use_frame();
    let files = use_context::<BrowserFiles>().unwrap_or_default().of_page(&answer::page());
    let base = answer::base_path();
    view! {
        <!DOCTYPE html>
        <html lang="en-GB" dir="ltr" data-theme=theme.attribute() data-base=base.clone()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#18202a" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <StyleLink files=files.clone() />
                <ThemeScript />
                <OnePress />
                <PrefetchRules base=base.clone() />
                <AutoReload options />
                <IslandScripts files />
                {warned_after.map(|seconds| view! { <StaySignedIn seconds /> })}
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The application: the frame, and in it the page that belongs to the address.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "docslot".to_owned() } else { title + " - docslot" } />
        <Router>
            <a class="skip-link" href="#main" rel="external">
                "Skip to main content"
            </a>
            <EmergencyStrip />
            <Header />
            <Undelivered />
            <SecondFactorDue />
            <StatusRegion />
            <main id="main" class="main" tabindex="-1">
                <Pages />
            </main>
            <Footer />
        </Router>
    }
}

/// An appointment with what features above booking show of it.
fn appointment_page() -> impl IntoView {
    view! { <AppointmentPage sections=papers_section /> }
}

/// Every page and its address.
#[component]
fn Pages() -> impl IntoView {
    view! {
        <FlatRoutes fallback=NotFound>
            <ClinicRoutes />
            <BookingRoutes />
            <AccountRoutes />
            <DoctorRoutes />
            <StaffRoutes />
            <PatientRoutes />
        </FlatRoutes>
    }
}

/// What every reader may see: the start page, the doctors, and the texts about the site.
#[component(transparent)]
fn ClinicRoutes() -> AnyNestedRoute {
    view! {
        <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
        <Route path=path!("/doctors") view=DirectoryPage ssr=SsrMode::Async />
        <Route path=path!("/doctors/:slug") view=ProfilePage ssr=SsrMode::Async />
        <Route path=path!("/help") view=HelpPage ssr=SsrMode::Async />
        <Route path=path!("/privacy") view=PrivacyPage ssr=SsrMode::Async />
        <Route path=path!("/accessibility") view=AccessibilityPage ssr=SsrMode::Async />
        <Route path=path!("/components") view=ComponentsPage ssr=SsrMode::Async />
    }
    .into_inner()
    .into_any_nested_route()
}

/// Booking an appointment, and what can be done with one.
#[component(transparent)]
fn BookingRoutes() -> AnyNestedRoute {
    view! {
        <Route path=path!("/doctors/:slug/times") view=TimesPage ssr=SsrMode::Async />
        <Route path=path!("/doctors/:slug/series") view=SeriesPage ssr=SsrMode::Async />
        <Route path=path!("/pair") view=PairPage ssr=SsrMode::Async />
        <Route path=path!("/soonest") view=SoonestPage ssr=SsrMode::Async />
        <Route path=path!("/series/:id") view=BookedSeriesPage ssr=SsrMode::Async />
        <Route path=path!("/series/:id/cancel") view=CancelSeriesPage ssr=SsrMode::Async />
        <Route path=path!("/book/:id") view=DetailsPage ssr=SsrMode::Async />
        <Route path=path!("/book/:id/who") view=WhoPage ssr=SsrMode::Async />
        <Route path=path!("/appointments") view=MyAppointmentsPage ssr=SsrMode::Async />
        <Route path=path!("/appointments/:id") view=appointment_page ssr=SsrMode::Async />
        <Route path=path!("/appointments/:id/papers") view=PapersPage ssr=SsrMode::Async />
        <Route path=path!("/appointments/:id/questions") view=AskedQuestionsPage ssr=SsrMode::Async />
        <Route path=path!("/appointments/:id/done") view=DonePage ssr=SsrMode::Async />
        <Route path=path!("/appointments/:id/move") view=MovePage ssr=SsrMode::Async />
        <Route path=path!("/appointments/:id/cancel") view=CancelPage ssr=SsrMode::Async />
        <Route path=path!("/appointment/:token") view=LinkedAppointmentPage ssr=SsrMode::Async />
        <Route path=path!("/waiting-list") view=MyWaitingListPage ssr=SsrMode::Async />
        <Route path=path!("/waiting-list/join") view=JoinWaitingListPage ssr=SsrMode::Async />
        <Route path=path!("/waiting-list/offers/:id") view=OfferPage ssr=SsrMode::Async />
        <Route path=path!("/offer/:token") view=LinkedOfferPage ssr=SsrMode::Async />
    }
    .into_inner()
    .into_any_nested_route()
}

/// The account of the person who is signed in, the ways to get one, and links out of messages.
#[component(transparent)]
fn AccountRoutes() -> AnyNestedRoute {
    view! {
        <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
        <Route path=path!("/sign-in/code") view=SignInCodePage ssr=SsrMode::Async />
        <Route path=path!("/register") view=RegisterPage ssr=SsrMode::Async />
        <Route path=path!("/register/sent") view=RegisterSentPage ssr=SsrMode::Async />
        <Route path=path!("/open-account/:token") view=OpenAccountPage ssr=SsrMode::Async />
        <Route path=path!("/forgot-password") view=ForgotPage ssr=SsrMode::Async />
        <Route path=path!("/reset/:token") view=ResetPage ssr=SsrMode::Async />
        <Route path=path!("/second-factor/:token") view=ResetSecondFactorPage ssr=SsrMode::Async />
        <Route path=path!("/verify/:token") view=VerifyPage ssr=SsrMode::Async />
        <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async />
        <Route path=path!("/account/profile") view=AccountProfilePage ssr=SsrMode::Async />
        <Route path=path!("/account/password") view=AccountPasswordPage ssr=SsrMode::Async />
        <Route path=path!("/account/email") view=AccountEmailPage ssr=SsrMode::Async />
        <Route path=path!("/account/second-factor") view=SecondFactorPage ssr=SsrMode::Async />
        <Route path=path!("/account/second-factor/:change") view=ChangeSecondFactorPage ssr=SsrMode::Async />
        <Route path=path!("/account/again") view=PasswordAgainPage ssr=SsrMode::Async />
        <Route path=path!("/account/notifications") view=MessageChoicePage ssr=SsrMode::Async />
        <Route path=path!("/account/calendar") view=FeedsPage ssr=SsrMode::Async />
        <Route path=path!("/account/people") view=PeoplePage ssr=SsrMode::Async />
        <Route path=path!("/account/people/child") view=AddChildPage ssr=SsrMode::Async />
        <Route path=path!("/account/people/adult") view=AskAdultPage ssr=SsrMode::Async />
        <Route path=path!("/account/people/carer") view=LetActPage ssr=SsrMode::Async />
        <Route path=path!("/account/people/parent") view=InviteParentPage ssr=SsrMode::Async />
        <Route path=path!("/account/people/own-account") view=OwnAccountPage ssr=SsrMode::Async />
        <Route path=path!("/account/sessions") view=SessionsPage ssr=SsrMode::Async />
        <Route path=path!("/account/tokens") view=TokensPage ssr=SsrMode::Async />
        <Route path=path!("/account/access") view=AccessPage ssr=SsrMode::Async />
        <Route path=path!("/account/data") view=OwnDataPage ssr=SsrMode::Async />
        <Route path=path!("/account/close") view=ClosingPage ssr=SsrMode::Async />
        <Route path=path!("/account/closed") view=ClosedPage ssr=SsrMode::Async />
        <Route path=path!("/reminders/:token") view=StopRemindersPage ssr=SsrMode::Async />
        <Route path=path!("/invite/:code") view=InvitePage ssr=SsrMode::Async />
    }
    .into_inner()
    .into_any_nested_route()
}

/// A doctor's own pages.
#[component(transparent)]
fn DoctorRoutes() -> AnyNestedRoute {
    view! {
        <Route path=path!("/doctor") view=AgendaPage ssr=SsrMode::Async />
        <Route path=path!("/doctor/week") view=WeekPage ssr=SsrMode::Async />
        <Route path=path!("/doctor/list") view=ListPage ssr=SsrMode::Async />
        <Route path=path!("/doctor/add") view=AddAppointmentPage ssr=SsrMode::Async />
        <Route path=path!("/doctor/series") view=DeskSeriesPage ssr=SsrMode::Async />
        <Route path=path!("/doctor/availability") view=HoursPage ssr=SsrMode::Async />
        <Route path=path!("/doctor/overrides") view=OverridesPage ssr=SsrMode::Async />
        <Route path=path!("/doctor/time-off") view=TimeOffPage ssr=SsrMode::Async />
        <Route path=path!("/doctor/time-off/appointments") view=TimeOffAppointmentsPage ssr=SsrMode::Async />
        <Route path=path!("/doctor/visit-types") view=VisitTypesPage ssr=SsrMode::Async />
        <Route path=path!("/doctor/visit-types/:id") view=VisitTypePage ssr=SsrMode::Async />
        <Route path=path!("/doctor/visit-types/:id/questions") view=QuestionsPage ssr=SsrMode::Async />
        <Route path=path!("/doctor/visit-types/:id/questions/:key") view=QuestionPage ssr=SsrMode::Async />
        <Route path=path!("/doctor/profile") view=OwnProfilePage ssr=SsrMode::Async />
        <Route path=path!("/doctor/profile/preview") view=PreviewPage ssr=SsrMode::Async />
        <Route path=path!("/doctor/waiting-list") view=DoctorWaitingListPage ssr=SsrMode::Async />
        <Route path=path!("/doctor/waiting") view=WaitingPage ssr=SsrMode::Async />
        <Route path=path!("/doctor/colleagues") view=ColleaguesPage ssr=SsrMode::Async />
        <Route path=path!("/doctor/leave") view=LeavePage ssr=SsrMode::Async />
    }
    .into_inner()
    .into_any_nested_route()
}

/// The pages of the clinic's staff.
#[component(transparent)]
fn StaffRoutes() -> AnyNestedRoute {
    view! {
        <Route path=path!("/desk") view=DeskPage ssr=SsrMode::Async />
        <Route path=path!("/admin") view=OverviewPage ssr=SsrMode::Async />
        <Route path=path!("/admin/doctors") view=DoctorsPage ssr=SsrMode::Async />
        <Route path=path!("/admin/doctors/:slug") view=DoctorPage ssr=SsrMode::Async />
        <Route path=path!("/admin/doctors/:slug/leaving") view=LeavingPage ssr=SsrMode::Async />
        <Route path=path!("/admin/invitations") view=InvitationsPage ssr=SsrMode::Async />
        <Route path=path!("/admin/users") view=UsersPage ssr=SsrMode::Async />
        <Route path=path!("/admin/users/:id") view=UserPage ssr=SsrMode::Async />
        <Route path=path!("/admin/specialties") view=SpecialtiesPage ssr=SsrMode::Async />
        <Route path=path!("/admin/locations") view=LocationsPage ssr=SsrMode::Async />
        <Route path=path!("/admin/locations/:id") view=LocationPage ssr=SsrMode::Async />
        <Route path=path!("/admin/locations/:id/zone") view=LocationZonePage ssr=SsrMode::Async />
        <Route path=path!("/admin/locations/:id/rooms") view=RoomsPage ssr=SsrMode::Async />
        <Route path=path!("/admin/rooms/:id") view=RoomPage ssr=SsrMode::Async />
        <Route path=path!("/admin/closures") view=ClosuresPage ssr=SsrMode::Async />
        <Route path=path!("/admin/availability-explainer") view=AvailabilityExplainerPage ssr=SsrMode::Async />
        <Route path=path!("/admin/statistics") view=StatisticsPage ssr=SsrMode::Async />
        <Route path=path!("/admin/outbox") view=OutboxPage ssr=SsrMode::Async />
        <Route path=path!("/admin/outbox/:id") view=MessagePage ssr=SsrMode::Async />
        <Route path=path!("/admin/mailbox") view=MailboxPage ssr=SsrMode::Async />
        <Route path=path!("/admin/mailbox/:id") view=MailboxMessagePage ssr=SsrMode::Async />
        <Route path=path!("/admin/audit") view=AuditPage ssr=SsrMode::Async />
        <Route path=path!("/admin/settings") view=SettingsPage ssr=SsrMode::Async />
    }
    .into_inner()
    .into_any_nested_route()
}

/// The records of patients, for staff, and for the doctors who have seen them.
#[component(transparent)]
fn PatientRoutes() -> AnyNestedRoute {
    view! {
        <Route path=path!("/patients") view=PatientsPage ssr=SsrMode::Async />
        <Route path=path!("/patients/matches") view=MatchesPage ssr=SsrMode::Async />
        <Route path=path!("/patients/:id") view=PatientPage ssr=SsrMode::Async />
        <Route path=path!("/patients/:id/edit") view=EditPatientPage ssr=SsrMode::Async />
        <Route path=path!("/patients/:id/merge") view=MergePatientPage ssr=SsrMode::Async />
    }
    .into_inner()
    .into_any_nested_route()
}
