//! Who may ask what: every address that the server answers at, against every role.
//!
//! The addresses come from the router itself, so that a new page or server function without a row here fails the test.
//! A row's question is one that changes nothing even for those who may ask it: a page, or a form that is out of date or
//! incomplete, which is answered with 409 or 422 only after the question of who is asking.

use std::collections::BTreeSet;

use docslot::{
    accounts::Role,
    ids::{AppointmentId, PersonId, SeriesId},
    on,
    web::router,
};

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    web::{Browser, Web},
};

const PASSWORD: &str = "quiet green bicycle";

/// A page answers an anonymous visitor with the way to the sign-in page.
const SIGN_IN: u16 = 302;

/// Address as the router has it; an example of it; the form's fields; and the answers to: no account, the patient whose
/// appointment it is, another patient, the doctor whose appointment and calendar it is, another doctor, staff.
pub type Row = (&'static str, &'static str, &'static str, [u16; 6]);

const PUBLIC: [u16; 6] = [200; 6];
const SIGNED_IN_PAGE: [u16; 6] = [SIGN_IN, 200, 200, 200, 200, 200];
const NOT_FOUND: [u16; 6] = [404; 6];
const APPOINTMENT_PAGE: [u16; 6] = [SIGN_IN, 200, 404, 200, 404, 200];
const APPOINTMENT_READS: [u16; 6] = [401, 200, 404, 200, 404, 200];
const PATIENT_PAGE: [u16; 6] = [SIGN_IN, 200, 200, 403, 403, 403];
const PATIENT_INCOMPLETE: [u16; 6] = [401, 422, 422, 403, 403, 403];
const CALENDAR_PAGE: [u16; 6] = [SIGN_IN, 403, 403, 200, 404, 200];
const CALENDAR_READS: [u16; 6] = [401, 403, 403, 200, 404, 200];
const CALENDAR_STALE: [u16; 6] = [401, 403, 403, 409, 404, 409];
const CALENDAR_INCOMPLETE: [u16; 6] = [401, 403, 403, 422, 404, 422];
const STAFF_PAGE: [u16; 6] = [SIGN_IN, 403, 403, 403, 403, 200];
const STAFF_READS: [u16; 6] = [401, 403, 403, 403, 403, 200];
const STAFF_INCOMPLETE: [u16; 6] = [401, 403, 403, 403, 403, 422];
const STAFF_UNKNOWN: [u16; 6] = [401, 403, 403, 403, 403, 404];
/// The mailbox is there only while messages are written into a folder.
const MAILBOX_PAGE: [u16; 6] = [SIGN_IN, 403, 403, 403, 403, 404];
const STAFF_STALE: [u16; 6] = [401, 403, 403, 403, 403, 409];

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    // what machines ask
    ("GET /healthz", "/healthz", "", PUBLIC),
    ("GET /readyz", "/readyz", "", PUBLIC),
    ("GET /version", "/version", "", PUBLIC),
    ("GET /.well-known/security.txt", "/.well-known/security.txt", "", NOT_FOUND),
    ("GET /.well-known/change-password", "/.well-known/change-password", "", [303; 6]),
    // pages for every visitor
    ("GET /", "/", "", PUBLIC),
    ("GET /doctors", "/doctors", "", PUBLIC),
    ("GET /doctors/{slug}", "/doctors/doctor-1", "", PUBLIC),
    ("GET /doctors/{slug}/times", "/doctors/doctor-1/times?visit_type={visit_type}", "", PUBLIC),
    ("GET /doctors/{slug}/series", "/doctors/doctor-1/series?visit_type={visit_type}", "", PUBLIC),
    ("GET /pair", "/pair?first=doctor-1&second=doctor-2", "", PUBLIC),
    ("GET /soonest", "/soonest?specialty=general-practice", "", PUBLIC),
    ("GET /help", "/help", "", PUBLIC),
    ("GET /privacy", "/privacy", "", PUBLIC),
    ("GET /accessibility", "/accessibility", "", PUBLIC),
    ("GET /components", "/components", "", PUBLIC),
    ("GET /invite/{code}", "/invite/nothing", "", NOT_FOUND),
    // links out of messages
    ("GET /appointment/{token}", "/appointment/nothing", "", NOT_FOUND),
    ("GET /appointment/{token}/calendar.ics", "/appointment/nothing/calendar.ics", "", NOT_FOUND),
    ("GET /reminders/{token}", "/reminders/nothing", "", NOT_FOUND),
    ("POST /reminders/{token}", "/reminders/nothing", "List-Unsubscribe=One-Click", NOT_FOUND),
    ("GET /calendar/{file}", "/calendar/nothing.ics", "", NOT_FOUND),
    ("POST /fn/appointment/linked", "/fn/appointment/linked", "token=nothing", NOT_FOUND),
    ("POST /fn/appointment/cancel", "/fn/appointment/cancel", "token=nothing", NOT_FOUND),
    ("GET /offer/{token}", "/offer/nothing", "", NOT_FOUND),
    ("POST /fn/offer/linked", "/fn/offer/linked", "token=nothing", NOT_FOUND),
    ("POST /fn/offer/answer", "/fn/offer/answer", "token=nothing&answer=accept", NOT_FOUND),
    ("POST /fn/reminders/linked", "/fn/reminders/linked", "token=nothing", NOT_FOUND),
    // accounts
    ("GET /account/notifications", "/account/notifications", "", SIGNED_IN_PAGE),
    ("GET /account/calendar", "/account/calendar", "", [SIGN_IN, 200, 200, 200, 200, 403]),
    ("POST /fn/account/messages", "/fn/account/messages", "", [401, 200, 200, 200, 200, 200]),
    ("POST /fn/account/choose_messages", "/fn/account/choose_messages", "wanted=maybe", [401, 422, 422, 422, 422, 403]),
    ("POST /fn/account/feeds", "/fn/account/feeds", "", [401, 200, 200, 200, 200, 403]),
    ("POST /fn/account/make_feed", "/fn/account/make_feed", "", [401, 200, 200, 200, 200, 403]),
    ("POST /fn/account/revoke_feed", "/fn/account/revoke_feed", "id={strange}", [401, 404, 404, 404, 404, 404]),
    ("GET /sign-in", "/sign-in", "", PUBLIC),
    // nowhere while the clinic has no directory of its own
    ("GET /sign-in/directory", "/sign-in/directory", "", NOT_FOUND),
    ("GET /sign-in/directory/return", "/sign-in/directory/return", "", NOT_FOUND),
    ("GET /sign-in/code", "/sign-in/code", "", PUBLIC),
    ("POST /fn/sign_in/lost_telephone", "/fn/sign_in/lost_telephone", "", [401; 6]),
    ("GET /second-factor/{token}", "/second-factor/nothing", "", NOT_FOUND),
    ("POST /fn/account/second_factor_link", "/fn/account/second_factor_link", "token=nothing", NOT_FOUND),
    ("POST /fn/account/reset_second_factor", "/fn/account/reset_second_factor", "token=nothing&code=123456", NOT_FOUND),
    ("POST /fn/admin/second_factor_rule", "/fn/admin/second_factor_rule", "", STAFF_READS),
    ("POST /fn/admin/save_second_factor_rule", "/fn/admin/save_second_factor_rule", "days=", STAFF_INCOMPLETE),
    ("POST /fn/admin/reset_second_factor", "/fn/admin/reset_second_factor", "id={strange}&reason=", STAFF_INCOMPLETE),
    ("POST /fn/sign_in/code", "/fn/sign_in/code", "code=123456", [401; 6]),
    ("GET /register", "/register", "", PUBLIC),
    ("GET /register/sent", "/register/sent", "", PUBLIC),
    ("GET /open-account/{token}", "/open-account/nothing", "", NOT_FOUND),
    ("POST /fn/account/registration", "/fn/account/registration", "token=nothing", NOT_FOUND),
    ("POST /fn/account/open", "/fn/account/open", "token=nothing&password=", NOT_FOUND),
    ("GET /forgot-password", "/forgot-password", "", PUBLIC),
    ("GET /reset/{token}", "/reset/nothing", "", NOT_FOUND),
    ("GET /verify/{token}", "/verify/nothing", "", NOT_FOUND),
    ("GET /account", "/account", "", SIGNED_IN_PAGE),
    ("GET /account/profile", "/account/profile", "", SIGNED_IN_PAGE),
    ("GET /account/password", "/account/password", "", SIGNED_IN_PAGE),
    ("GET /account/email", "/account/email", "", SIGNED_IN_PAGE),
    ("GET /account/second-factor", "/account/second-factor", "", SIGNED_IN_PAGE),
    ("GET /account/second-factor/{change}", "/account/second-factor/off", "", SIGNED_IN_PAGE),
    ("POST /fn/account/second_factor", "/fn/account/second_factor", "", [401, 200, 200, 200, 200, 200]),
    ("POST /fn/account/begin_second_factor", "/fn/account/begin_second_factor", "", [401, 200, 200, 200, 200, 200]),
    ("POST /fn/account/confirm_second_factor", "/fn/account/confirm_second_factor", "code=", [401, 422, 422, 422, 422, 422]),
    ("POST /fn/account/new_recovery_codes", "/fn/account/new_recovery_codes", "code=", [401, 422, 422, 422, 422, 422]),
    ("POST /fn/account/turn_off_second_factor", "/fn/account/turn_off_second_factor", "code=", [401, 422, 422, 403, 403, 403]),
    ("POST /fn/account/begin_passkey", "/fn/account/begin_passkey", "", [401, 404, 404, 404, 404, 404]),
    ("POST /fn/account/add_passkey", "/fn/account/add_passkey", "", [401, 409, 409, 409, 409, 409]),
    ("POST /fn/account/remove_passkey", "/fn/account/remove_passkey", "id={strange}", [401, 404, 404, 404, 404, 404]),
    ("POST /fn/account/passkey_challenge", "/fn/account/passkey_challenge", "", [401, 404, 404, 404, 404, 404]),
    ("POST /fn/sign_in/ways", "/fn/sign_in/ways", "", PUBLIC),
    ("POST /fn/sign_in/passkey_challenge", "/fn/sign_in/passkey_challenge", "", NOT_FOUND),
    ("POST /fn/sign_in/passkey", "/fn/sign_in/passkey", "credential={}", [422; 6]),
    ("POST /fn/account/forget_browser", "/fn/account/forget_browser", "id={strange}", [401, 404, 404, 404, 404, 404]),
    ("GET /account/again", "/account/again", "", SIGNED_IN_PAGE),
    ("GET /account/sessions", "/account/sessions", "", SIGNED_IN_PAGE),
    ("GET /account/tokens", "/account/tokens", "", SIGNED_IN_PAGE),
    ("GET /account/data", "/account/data", "", SIGNED_IN_PAGE),
    ("GET /account/data/{id}/{file}", "/account/data/{strange}/data.zip", "", [401, 404, 404, 404, 404, 404]),
    ("GET /account/people", "/account/people", "", PATIENT_PAGE),
    ("GET /account/people/child", "/account/people/child", "", PATIENT_PAGE),
    ("GET /account/people/adult", "/account/people/adult", "", PATIENT_PAGE),
    ("GET /account/people/carer", "/account/people/carer", "", PATIENT_PAGE),
    ("GET /account/people/parent", "/account/people/parent", "", PATIENT_PAGE),
    ("GET /account/people/own-account", "/account/people/own-account", "", PATIENT_PAGE),
    // a patient's own
    ("GET /book/{id}/who", "/book/{hold}/who", "", [SIGN_IN, 200, 404, 403, 403, 403]),
    ("GET /book/{id}", "/book/{hold}", "", [404, 200, 404, 403, 403, 403]),
    ("GET /appointments", "/appointments", "", [SIGN_IN, 200, 200, 403, 403, 403]),
    ("GET /appointments/{id}/questions", "/appointments/{appointment}/questions", "", [SIGN_IN, 200, 404, 403, 403, 403]),
    ("GET /appointments/{id}/done", "/appointments/{appointment}/done", "", [SIGN_IN, 200, 404, 403, 404, 403]),
    // the waiting list: a patient's own
    ("GET /waiting-list", "/waiting-list", "", [SIGN_IN, 200, 200, 403, 403, 403]),
    ("GET /waiting-list/join", "/waiting-list/join?appointment={appointment}", "", [SIGN_IN, 200, 404, 403, 403, 403]),
    ("GET /waiting-list/offers/{id}", "/waiting-list/offers/{strange}", "", [SIGN_IN, 404, 404, 403, 403, 403]),
    ("POST /fn/waiting/mine", "/fn/waiting/mine", "", [401, 200, 200, 403, 403, 403]),
    ("POST /fn/waiting/join_page", "/fn/waiting/join_page", "query[appointment]={appointment}", [401, 200, 404, 403, 403, 403]),
    ("POST /fn/waiting/join", "/fn/waiting/join", "appointment={appointment}", [401, 422, 404, 403, 403, 403]),
    ("POST /fn/waiting/leave", "/fn/waiting/leave", "id={strange}", [401, 404, 404, 403, 403, 403]),
    ("POST /fn/waiting/offer", "/fn/waiting/offer", "id={strange}", [401, 404, 404, 403, 403, 403]),
    ("POST /fn/waiting/answer", "/fn/waiting/answer", "id={strange}&answer=accept", [401, 404, 404, 403, 403, 403]),
    // an appointment: the patient's, its doctor's, and the clinic's
    ("GET /appointments/{id}", "/appointments/{appointment}", "", APPOINTMENT_PAGE),
    ("GET /appointments/{id}/move", "/appointments/{appointment}/move", "", APPOINTMENT_PAGE),
    ("GET /appointments/{id}/cancel", "/appointments/{appointment}/cancel", "", APPOINTMENT_PAGE),
    ("GET /appointments/{id}/papers", "/appointments/{appointment}/papers", "", [SIGN_IN, 200, 404, 200, 404, 403]),
    ("POST /appointments/{id}/papers", "/appointments/{appointment}/papers", "", [401, 400, 404, 400, 404, 403]),
    ("GET /appointments/{id}/papers/{paper}", "/appointments/{appointment}/papers/{strange}", "", [401, 404, 404, 404, 404, 403]),
    ("GET /papers/{link}", "/papers/nothing", "", NOT_FOUND),
    ("POST /fn/papers/list", "/fn/papers/list", "id={appointment}", APPOINTMENT_READS),
    ("POST /fn/papers/remove", "/fn/papers/remove", "id={appointment}&paper={strange}", [401, 404, 404, 404, 404, 403]),
    ("GET /series/{id}", "/series/{series}", "", APPOINTMENT_PAGE),
    ("GET /series/{id}/cancel", "/series/{series}/cancel", "", APPOINTMENT_PAGE),
    ("GET /appointments/{id}/calendar.ics", "/appointments/{appointment}/calendar.ics", "", [401, 200, 404, 200, 404, 200]),
    // a doctor's calendar: the doctor's own, and for staff any
    ("GET /doctor", "/doctor?doctor=doctor-1", "", CALENDAR_PAGE),
    ("GET /doctor/week", "/doctor/week?doctor=doctor-1", "", CALENDAR_PAGE),
    ("GET /doctor/list", "/doctor/list?doctor=doctor-1", "", CALENDAR_PAGE),
    ("GET /doctor/add", "/doctor/add?doctor=doctor-1", "", CALENDAR_PAGE),
    ("GET /doctor/series", "/doctor/series?doctor=doctor-1&patient={patient}&visit_type={visit_type}", "", CALENDAR_PAGE),
    ("GET /doctor/availability", "/doctor/availability?doctor=doctor-1", "", CALENDAR_PAGE),
    ("GET /doctor/overrides", "/doctor/overrides?doctor=doctor-1", "", CALENDAR_PAGE),
    ("GET /doctor/time-off", "/doctor/time-off?doctor=doctor-1", "", CALENDAR_PAGE),
    ("GET /doctor/visit-types", "/doctor/visit-types?doctor=doctor-1", "", CALENDAR_PAGE),
    ("GET /doctor/waiting-list", "/doctor/waiting-list?doctor=doctor-1", "", CALENDAR_PAGE),
    ("GET /doctor/profile", "/doctor/profile?doctor=doctor-1", "", CALENDAR_PAGE),
    ("GET /doctor/colleagues", "/doctor/colleagues?doctor=doctor-1", "", CALENDAR_PAGE),
    ("GET /doctor/profile/preview", "/doctor/profile/preview?doctor=doctor-1", "", CALENDAR_PAGE),
    ("GET /doctor/visit-types/{id}", "/doctor/visit-types/{visit_type}?doctor=doctor-1", "", CALENDAR_PAGE),
    ("GET /doctor/visit-types/{id}/questions", "/doctor/visit-types/{visit_type}/questions?doctor=doctor-1", "", CALENDAR_PAGE),
    ("GET /doctor/visit-types/{id}/questions/{key}", "/doctor/visit-types/{visit_type}/questions/new?doctor=doctor-1", "", CALENDAR_PAGE),
    ("GET /doctor/time-off/appointments", "/doctor/time-off/appointments?doctor=doctor-1&from=2026-01-07&until=2026-01-08", "", CALENDAR_PAGE),
    ("GET /doctor/waiting", "/doctor/waiting", "", [SIGN_IN, 403, 403, 302, 302, 403]),
    ("GET /doctor/leave", "/doctor/leave", "", [SIGN_IN, 403, 403, 200, 200, 403]),
    // the staff's pages
    ("GET /admin", "/admin", "", STAFF_PAGE),
    ("GET /admin/doctors", "/admin/doctors", "", STAFF_PAGE),
    ("GET /admin/invitations", "/admin/invitations", "", STAFF_PAGE),
    ("GET /admin/users", "/admin/users", "", STAFF_PAGE),
    // records of patients: staff's, and to read those of the doctor who has seen the patient
    ("GET /patients", "/patients?q=nobody", "", [SIGN_IN, 403, 403, 200, 200, 200]),
    ("GET /patients/matches", "/patients/matches", "", STAFF_PAGE),
    ("GET /patients/{id}", "/patients/{patient}", "", CALENDAR_PAGE),
    ("GET /patients/{id}/edit", "/patients/{patient}/edit", "", [SIGN_IN, 403, 403, 403, 404, 200]),
    ("GET /patients/{id}/merge", "/patients/{patient}/merge", "", STAFF_PAGE),
    ("POST /fn/patients/find", "/fn/patients/find", "query=nobody", [401, 403, 403, 200, 200, 200]),
    ("POST /fn/patients/record", "/fn/patients/record", "id={patient}", CALENDAR_READS),
    ("POST /fn/patients/save", "/fn/patients/save", "id={patient}&version=0&name=", STAFF_INCOMPLETE),
    ("POST /fn/patients/merge_page", "/fn/patients/merge_page", "id={patient}", STAFF_READS),
    ("POST /fn/patients/merge", "/fn/patients/merge", "kept={patient}&kept_version=0&merged={patient}&merged_version=0", STAFF_STALE),
    ("POST /fn/patients/undo_merge", "/fn/patients/undo_merge", "id={patient}&merge={strange}", STAFF_STALE),
    ("POST /fn/patients/matches", "/fn/patients/matches", "", STAFF_READS),
    ("POST /fn/patients/not_the_same", "/fn/patients/not_the_same", "pair={strange}", STAFF_UNKNOWN),
    ("GET /admin/specialties", "/admin/specialties", "", STAFF_PAGE),
    ("GET /admin/locations", "/admin/locations", "", STAFF_PAGE),
    ("GET /admin/closures", "/admin/closures", "", STAFF_PAGE),
    ("GET /admin/availability-explainer", "/admin/availability-explainer", "", STAFF_PAGE),
    ("GET /admin/statistics", "/admin/statistics", "", STAFF_PAGE),
    ("GET /admin/outbox", "/admin/outbox", "", STAFF_PAGE),
    ("GET /admin/outbox/{id}", "/admin/outbox/{message}", "", STAFF_PAGE),
    ("GET /admin/mailbox", "/admin/mailbox", "", MAILBOX_PAGE),
    ("GET /admin/mailbox/{id}", "/admin/mailbox/{message}", "", MAILBOX_PAGE),
    ("GET /admin/mailbox/{id}/html", "/admin/mailbox/{message}/html", "", STAFF_UNKNOWN),
    ("GET /admin/audit", "/admin/audit", "", STAFF_PAGE),
    ("GET /admin/settings", "/admin/settings", "", STAFF_PAGE),
    ("GET /admin/doctors/{slug}", "/admin/doctors/doctor-1", "", STAFF_PAGE),
    ("GET /admin/doctors/{slug}/leaving", "/admin/doctors/doctor-1/leaving", "", STAFF_PAGE),
    ("GET /admin/users/{id}", "/admin/users/{patient}", "", STAFF_PAGE),
    ("GET /admin/locations/{id}", "/admin/locations/new", "", STAFF_PAGE),
    ("GET /admin/locations/{id}/rooms", "/admin/locations/{strange}/rooms", "", [SIGN_IN, 403, 403, 403, 403, 404]),
    ("GET /admin/rooms/{id}", "/admin/rooms/{strange}", "", [SIGN_IN, 403, 403, 403, 403, 404]),
    ("GET /admin/locations/{id}/zone", "/admin/locations/{strange}/zone", "", [SIGN_IN, 403, 403, 403, 403, 404]),
    ("GET /desk", "/desk", "", STAFF_PAGE),
    // a stream has no end, so staff ask with something that is no number
    ("GET /desk/changes", "/desk/changes?since=x", "", [401, 403, 403, 403, 403, 400]),
    ("GET /admin/audit.csv", "/admin/audit.csv", "", STAFF_READS),
    ("GET /admin/statistics.csv", "/admin/statistics.csv?which=days", "", STAFF_READS),
    // functions for every visitor
    ("POST /fn/start", "/fn/start", "", PUBLIC),
    ("POST /fn/home", "/fn/home", "", PUBLIC),
    ("POST /fn/find_doctors", "/fn/find_doctors", "query[page]=1", PUBLIC),
    ("POST /fn/doctor_profile", "/fn/doctor_profile", "slug=doctor-1", PUBLIC),
    ("POST /fn/set_theme", "/fn/set_theme", "theme=dark", PUBLIC),
    ("POST /fn/register", "/fn/register", "name=&email=&password=", [422; 6]),
    ("POST /fn/sign_in", "/fn/sign_in", "email=&password=", [422; 6]),
    ("POST /fn/account/forgot", "/fn/account/forgot", "email=", [422; 6]),
    ("POST /fn/account/reset_link", "/fn/account/reset_link", "token=nothing", NOT_FOUND),
    ("POST /fn/account/reset", "/fn/account/reset", "token=nothing", NOT_FOUND),
    ("POST /fn/account/verification", "/fn/account/verification", "token=nothing", NOT_FOUND),
    ("POST /fn/account/verify", "/fn/account/verify", "token=nothing", NOT_FOUND),
    // one's own account; each of them has just registered, so another link would come too soon
    ("POST /fn/account/own", "/fn/account/own", "", [401, 200, 200, 200, 200, 200]),
    ("POST /fn/account/profile", "/fn/account/profile", "name=", [401, 422, 422, 422, 422, 422]),
    ("POST /fn/account/password", "/fn/account/password", "password_now=&password=", [401, 422, 422, 422, 422, 422]),
    ("POST /fn/account/email", "/fn/account/email", "email=&password_now=", [401, 422, 422, 422, 422, 422]),
    ("POST /fn/account/again_page", "/fn/account/again_page", "", [401, 200, 200, 200, 200, 200]),
    ("POST /fn/account/again", "/fn/account/again", "password_now=", [401, 422, 422, 422, 422, 422]),
    ("POST /fn/account/sessions", "/fn/account/sessions", "", [401, 200, 200, 200, 200, 200]),
    ("POST /fn/account/end_session", "/fn/account/end_session", "id={strange}", [401, 404, 404, 404, 404, 404]),
    ("POST /fn/account/end_other_sessions", "/fn/account/end_other_sessions", "", [401, 200, 200, 200, 200, 200]),
    ("POST /fn/account/search_key", "/fn/account/search_key", "on=true", [401, 200, 200, 200, 200, 200]),
    ("POST /fn/account/stay", "/fn/account/stay", "", [401, 200, 200, 200, 200, 200]),
    ("POST /fn/account/cancel_email", "/fn/account/cancel_email", "", [401, 200, 200, 200, 200, 200]),
    ("POST /fn/account/send_link", "/fn/account/send_link", "", [401, 429, 429, 429, 429, 429]),
    ("POST /fn/join", "/fn/join", "code=nothing", NOT_FOUND),
    ("POST /fn/join/invitation", "/fn/join/invitation", "code=nothing", NOT_FOUND),
    ("POST /fn/join/approval", "/fn/join/approval", "", [401, 403, 403, 200, 200, 403]),
    ("POST /fn/account/tokens", "/fn/account/tokens", "", [401, 200, 200, 200, 200, 200]),
    ("POST /fn/account/make_token", "/fn/account/make_token", "name=", [401, 422, 422, 422, 422, 422]),
    ("POST /fn/account/revoke_token", "/fn/account/revoke_token", "id={strange}", [401, 404, 404, 404, 404, 404]),
    ("POST /fn/account/data", "/fn/account/data", "", [401, 200, 200, 200, 200, 200]),
    ("GET /account/access", "/account/access", "", PATIENT_PAGE),
    ("POST /fn/account/access", "/fn/account/access", "query[page]=1", [401, 200, 200, 403, 403, 403]),
    ("GET /account/close", "/account/close", "", PATIENT_PAGE),
    ("GET /account/closed", "/account/closed", "", PUBLIC),
    ("POST /fn/account/closing", "/fn/account/closing", "", [401, 200, 200, 403, 403, 403]),
    ("POST /fn/account/close", "/fn/account/close", "seen=", PATIENT_INCOMPLETE),
    ("POST /fn/account/ask_data", "/fn/account/ask_data", "person={strange}", [401, 404, 404, 404, 404, 404]),
    ("POST /fn/account/people", "/fn/account/people", "", [401, 200, 200, 403, 403, 403]),
    ("POST /fn/account/add_child", "/fn/account/add_child", "name=", PATIENT_INCOMPLETE),
    ("POST /fn/account/ask_care", "/fn/account/ask_care", "email=", PATIENT_INCOMPLETE),
    ("POST /fn/account/accept_care", "/fn/account/accept_care", "id={strange}", [401, 404, 404, 403, 403, 403]),
    ("POST /fn/account/end_care", "/fn/account/end_care", "id={strange}", [401, 404, 404, 403, 403, 403]),
    ("POST /fn/account/own_account_link", "/fn/account/own_account_link", "person={strange}&email=", PATIENT_INCOMPLETE),
    ("POST /fn/booking/days", "/fn/booking/days", "doctor=doctor-1&visit_type={visit_type}", PUBLIC),
    ("POST /fn/booking/free_times", "/fn/booking/free_times", "doctor=doctor-1&visit_type={visit_type}&day=2026-01-07", PUBLIC),
    ("POST /fn/booking/series_plan", "/fn/booking/series_plan", "query[doctor]=doctor-1&query[visit_type]={visit_type}", PUBLIC),
    ("POST /fn/booking/pair_page", "/fn/booking/pair_page", "first=doctor-1&second=doctor-2", PUBLIC),
    ("POST /fn/booking/soonest_page", "/fn/booking/soonest_page", "specialty=general-practice", PUBLIC),
    ("POST /fn/booking/soonest", "/fn/booking/soonest", "specialty=nothing", NOT_FOUND),
    // a time that is held, and a patient's appointment
    ("POST /fn/booking/hold", "/fn/booking/hold", "doctor=doctor-1&visit_type={visit_type}", [422, 422, 422, 422, 422, 422]),
    ("POST /fn/booking/held", "/fn/booking/held", "id={hold}", [404, 200, 404, 403, 403, 403]),
    ("POST /fn/booking/person", "/fn/booking/person", "id={hold}", [401, 422, 422, 403, 403, 403]),
    ("POST /fn/booking/who", "/fn/booking/who", "id={hold}", [401, 200, 404, 403, 403, 403]),
    ("POST /fn/booking/extend", "/fn/booking/extend", "id={appointment}", [404, 409, 404, 403, 403, 403]),
    ("POST /fn/booking/details", "/fn/booking/details", "id={hold}&phone=x", [401, 200, 404, 403, 403, 403]),
    ("POST /fn/booking/asked", "/fn/booking/asked", "id={hold}", [401, 200, 404, 403, 403, 403]),
    ("POST /fn/booking/answers", "/fn/booking/answers", "id={hold}&version=0", [401, 409, 404, 403, 403, 403]),
    ("POST /fn/booking/confirm", "/fn/booking/confirm", "id={strange}", [401, 404, 404, 403, 403, 403]),
    ("POST /fn/booking/mine", "/fn/booking/mine", "tab=upcoming", [401, 200, 200, 403, 403, 403]),
    ("POST /fn/booking/appointment", "/fn/booking/appointment", "id={appointment}", APPOINTMENT_READS),
    ("POST /fn/booking/move", "/fn/booking/move", "id={appointment}&version=0&start=1767780000", [401, 409, 404, 403, 403, 403]),
    ("POST /fn/booking/cancel", "/fn/booking/cancel", "id={appointment}&version=0", [401, 409, 404, 409, 404, 409]),
    ("POST /fn/booking/series", "/fn/booking/series", "doctor=doctor-1&visit_type={visit_type}", [401, 422, 422, 403, 403, 403]),
    ("POST /fn/booking/pair", "/fn/booking/pair", "first=doctor-1&second=doctor-2", [401, 422, 422, 403, 403, 403]),
    ("POST /fn/booking/series_details", "/fn/booking/series_details", "id={series}", APPOINTMENT_READS),
    ("POST /fn/booking/cancel_series", "/fn/booking/cancel_series", "id={series}&seen=", [401, 409, 404, 409, 404, 409]),
    ("POST /fn/booking/answer", "/fn/booking/answer", "id={appointment}&accept=false", [401, 403, 403, 409, 404, 409]),
    ("POST /fn/booking/video_url", "/fn/booking/video_url", "id={appointment}&version=0&video_url=", [401, 403, 403, 409, 404, 409]),
    ("POST /fn/booking/attendance", "/fn/booking/attendance", "id={appointment}&version=0&mark=arrived", [401, 403, 403, 409, 404, 409]),
    // a doctor's calendar: reading
    ("POST /fn/desk/day", "/fn/desk/day", "", STAFF_READS),
    ("POST /fn/desk/columns", "/fn/desk/columns", "", STAFF_READS),
    ("POST /fn/desk/free_time", "/fn/desk/free_time", "doctor=doctor-1&start=1767690000", STAFF_READS),
    ("POST /fn/desk/patients", "/fn/desk/patients", "q=test", STAFF_READS),
    ("POST /fn/desk/card", "/fn/desk/card", "id={hold}", STAFF_UNKNOWN),
    ("POST /fn/desk/happened", "/fn/desk/happened", "id={hold}", STAFF_UNKNOWN),
    ("POST /fn/desk/palette", "/fn/desk/palette", "q=test", STAFF_READS),
    ("POST /fn/front_desk/check_move", "/fn/front_desk/check_move", "id={appointment}&version=0&start=1767780000", [401, 403, 403, 409, 404, 409]),
    ("POST /fn/front_desk/undo", "/fn/front_desk/undo", "id={appointment}&version=0", [401, 403, 403, 409, 404, 409]),
    ("POST /fn/agenda/day", "/fn/agenda/day", "doctor=doctor-1", CALENDAR_READS),
    ("POST /fn/waiting/of_doctor", "/fn/waiting/of_doctor", "doctor=doctor-1", CALENDAR_READS),
    ("POST /fn/agenda/week", "/fn/agenda/week", "doctor=doctor-1", CALENDAR_READS),
    ("POST /fn/agenda/list", "/fn/agenda/list", "doctor=doctor-1", CALENDAR_READS),
    ("POST /fn/availability/hours", "/fn/availability/hours", "doctor=doctor-1", CALENDAR_READS),
    ("POST /fn/availability/dates", "/fn/availability/dates", "doctor=doctor-1", CALENDAR_READS),
    ("POST /fn/availability/time_off", "/fn/availability/time_off", "doctor=doctor-1", CALENDAR_READS),
    ("POST /fn/availability/time_off_appointments", "/fn/availability/time_off_appointments", "doctor=doctor-1&from=2026-01-07&until=2026-01-08", CALENDAR_READS),
    ("POST /fn/availability/visit_types", "/fn/availability/visit_types", "doctor=doctor-1", CALENDAR_READS),
    ("POST /fn/availability/visit_type", "/fn/availability/visit_type", "doctor=doctor-1&id={visit_type}", CALENDAR_READS),
    ("POST /fn/availability/questions", "/fn/availability/questions", "doctor=doctor-1&visit_type={visit_type}", CALENDAR_READS),
    ("POST /fn/doctor/profile_form", "/fn/doctor/profile_form", "doctor=doctor-1", CALENDAR_READS),
    ("POST /fn/doctor/colleagues", "/fn/doctor/colleagues", "doctor=doctor-1", CALENDAR_READS),
    ("POST /fn/doctor/preview", "/fn/doctor/preview", "doctor=doctor-1", CALENDAR_READS),
    ("POST /fn/front_desk/add_page", "/fn/front_desk/add_page", "query[doctor]=doctor-1", CALENDAR_READS),
    ("POST /fn/front_desk/series_plan", "/fn/front_desk/series_plan", "query[doctor]=doctor-1&query[patient]={patient}&query[visit_type]={visit_type}", CALENDAR_READS),
    ("POST /fn/front_desk/series", "/fn/front_desk/series", "doctor=doctor-1&visit_type={visit_type}", CALENDAR_INCOMPLETE),
    ("POST /fn/front_desk/move_page", "/fn/front_desk/move_page", "id={appointment}&time[x]=", [401, 403, 403, 200, 404, 200]),
    // a doctor's calendar: forms that are out of date
    ("POST /fn/availability/save_hours", "/fn/availability/save_hours", "doctor=doctor-1&version=0&weekday=1", CALENDAR_STALE),
    ("POST /fn/availability/save_date", "/fn/availability/save_date", "doctor=doctor-1&version=0&date=2026-01-09&change=closed", CALENDAR_STALE),
    ("POST /fn/availability/remove_date", "/fn/availability/remove_date", "doctor=doctor-1&version=0&date=2026-01-09", CALENDAR_STALE),
    ("POST /fn/availability/add_time_off", "/fn/availability/add_time_off", "doctor=doctor-1&version=0&from=2026-01-08&until=2026-01-08", CALENDAR_INCOMPLETE),
    ("POST /fn/availability/remove_time_off", "/fn/availability/remove_time_off", "doctor=doctor-1&version=0&id={strange}", [401, 403, 403, 404, 404, 404]),
    ("POST /fn/availability/resolve_time_off", "/fn/availability/resolve_time_off", "doctor=doctor-1&version=0&from=2026-01-07&until=2026-01-08", CALENDAR_STALE),
    ("POST /fn/availability/save_visit_type", "/fn/availability/save_visit_type", "doctor=doctor-1&version=0&id={visit_type}&visit_type[name]=Consultation", CALENDAR_STALE),
    ("POST /fn/availability/offer_visit_type", "/fn/availability/offer_visit_type", "doctor=doctor-1&version=0&id={visit_type}&active=false", CALENDAR_STALE),
    ("POST /fn/availability/move_visit_type", "/fn/availability/move_visit_type", "doctor=doctor-1&version=0&id={visit_type}&up=true", CALENDAR_STALE),
    ("POST /fn/availability/remove_visit_type", "/fn/availability/remove_visit_type", "doctor=doctor-1&version=0&id={visit_type}", CALENDAR_STALE),
    ("POST /fn/availability/save_question", "/fn/availability/save_question", "doctor=doctor-1&version=0&visit_type={visit_type}&question[text]=x", CALENDAR_STALE),
    ("POST /fn/availability/move_question", "/fn/availability/move_question", "doctor=doctor-1&version=0&visit_type={visit_type}&key=1&up=true", CALENDAR_STALE),
    ("POST /fn/availability/remove_question", "/fn/availability/remove_question", "doctor=doctor-1&version=0&visit_type={visit_type}&key=1", CALENDAR_STALE),
    ("POST /fn/doctor/profile", "/fn/doctor/profile", "doctor=doctor-1&version=0&name=x", CALENDAR_INCOMPLETE),
    ("POST /fn/doctor/visible", "/fn/doctor/visible", "doctor=doctor-1&version=0&show=false", CALENDAR_STALE),
    ("POST /fn/doctor/add_colleague", "/fn/doctor/add_colleague", "colleague=", [401, 403, 403, 422, 422, 403]),
    ("POST /fn/doctor/end_colleague", "/fn/doctor/end_colleague", "id={strange}", [401, 403, 403, 404, 404, 404]),
    ("POST /fn/doctor/share_reasons", "/fn/doctor/share_reasons", "staff_read_reasons=maybe", [401, 403, 403, 422, 422, 403]),
    ("POST /fn/front_desk/add", "/fn/front_desk/add", "doctor=doctor-1", [401, 403, 403, 422, 404, 422]),
    ("POST /fn/front_desk/move", "/fn/front_desk/move", "id={appointment}&version=0", CALENDAR_INCOMPLETE),
    // leaving
    ("POST /fn/doctors/own_leaving", "/fn/doctors/own_leaving", "", [401, 403, 403, 200, 200, 403]),
    ("POST /fn/doctors/ask_to_leave", "/fn/doctors/ask_to_leave", "wants=false", [401, 403, 403, 200, 200, 403]),
    ("POST /fn/doctors/leaving", "/fn/doctors/leaving", "slug=doctor-1", STAFF_READS),
    ("POST /fn/doctors/leaving_step", "/fn/doctors/leaving_step", "slug=doctor-1&version=0&step=start", STAFF_STALE),
    ("POST /fn/doctors/leaving_resolve", "/fn/doctors/leaving_resolve", "slug=doctor-1", STAFF_STALE),
    // the staff: reading
    ("POST /fn/clinic_overview", "/fn/clinic_overview", "", STAFF_READS),
    ("POST /fn/admin/audit", "/fn/admin/audit", "query[actor]=&query[action]=&query[from]=&query[until]=&query[page]=1", STAFF_READS),
    ("POST /fn/admin/specialties", "/fn/admin/specialties", "", STAFF_READS),
    ("POST /fn/admin/invitations", "/fn/admin/invitations", "page=1", STAFF_READS),
    ("POST /fn/admin/doctors", "/fn/admin/doctors", "", STAFF_READS),
    ("POST /fn/admin/doctor", "/fn/admin/doctor", "slug=doctor-1", STAFF_READS),
    ("POST /fn/admin/users", "/fn/admin/users", "query=&page=1", STAFF_READS),
    ("POST /fn/admin/user", "/fn/admin/user", "id={patient}", STAFF_READS),
    ("POST /fn/admin/locations", "/fn/admin/locations", "", STAFF_READS),
    ("POST /fn/admin/location", "/fn/admin/location", "id=new", STAFF_READS),
    ("POST /fn/admin/rooms", "/fn/admin/rooms", "location={strange}", STAFF_UNKNOWN),
    ("POST /fn/admin/room", "/fn/admin/room", "id={strange}", STAFF_UNKNOWN),
    ("POST /fn/admin/location_zone", "/fn/admin/location_zone", "query[id]={strange}", STAFF_UNKNOWN),
    ("POST /fn/admin/closures", "/fn/admin/closures", "", STAFF_READS),
    ("POST /fn/admin/settings", "/fn/admin/settings", "", STAFF_READS),
    ("POST /fn/admin/statistics", "/fn/admin/statistics", "", STAFF_READS),
    ("POST /fn/admin/availability-explainer", "/fn/admin/availability-explainer", "", STAFF_READS),
    ("POST /fn/admin/outbox", "/fn/admin/outbox", "", STAFF_READS),
    ("POST /fn/admin/message", "/fn/admin/message", "id={message}", STAFF_READS),
    ("POST /fn/admin/mailbox", "/fn/admin/mailbox", "", STAFF_UNKNOWN),
    ("POST /fn/admin/mailbox_message", "/fn/admin/mailbox_message", "id={message}", STAFF_UNKNOWN),
    // the staff: forms that are incomplete, out of date, or about nothing
    ("POST /fn/admin/add_specialty", "/fn/admin/add_specialty", "name=", STAFF_INCOMPLETE),
    ("POST /fn/admin/rename_specialty", "/fn/admin/rename_specialty", "id={strange}&name=", STAFF_INCOMPLETE),
    ("POST /fn/admin/specialty_words", "/fn/admin/specialty_words", "id={strange}&other_words=x", STAFF_UNKNOWN),
    ("POST /fn/admin/invite", "/fn/admin/invite", "email=", STAFF_INCOMPLETE),
    ("POST /fn/admin/add_room", "/fn/admin/add_room", "name=", STAFF_INCOMPLETE),
    ("POST /fn/admin/save_room", "/fn/admin/save_room", "name=", STAFF_INCOMPLETE),
    ("POST /fn/admin/rename_room_kind", "/fn/admin/rename_room_kind", "kind_name=", STAFF_INCOMPLETE),
    ("POST /fn/admin/save_location", "/fn/admin/save_location", "name=", STAFF_INCOMPLETE),
    ("POST /fn/admin/add_closure", "/fn/admin/add_closure", "location=", STAFF_INCOMPLETE),
    ("POST /fn/admin/remove_specialty", "/fn/admin/remove_specialty", "id={strange}", STAFF_UNKNOWN),
    ("POST /fn/admin/resend_invitation", "/fn/admin/resend_invitation", "id={strange}", STAFF_UNKNOWN),
    ("POST /fn/admin/revoke_invitation", "/fn/admin/revoke_invitation", "id={strange}", STAFF_UNKNOWN),
    ("POST /fn/admin/suspend_user", "/fn/admin/suspend_user", "id={strange}", STAFF_UNKNOWN),
    ("POST /fn/admin/reactivate_user", "/fn/admin/reactivate_user", "id={strange}", STAFF_UNKNOWN),
    ("POST /fn/admin/grant_care", "/fn/admin/grant_care", "id={patient}&email=", STAFF_INCOMPLETE),
    ("POST /fn/admin/end_care", "/fn/admin/end_care", "id={strange}", STAFF_UNKNOWN),
    ("POST /fn/admin/own_account_link", "/fn/admin/own_account_link", "person={strange}&email=", STAFF_INCOMPLETE),
    ("POST /fn/admin/change_zone", "/fn/admin/change_zone", "id={strange}&time_zone=Europe/Paris&keep=moments", STAFF_UNKNOWN),
    ("POST /fn/admin/remove_location", "/fn/admin/remove_location", "id={strange}", STAFF_UNKNOWN),
    ("POST /fn/admin/retry_message", "/fn/admin/retry_message", "id={strange}", STAFF_UNKNOWN),
    ("POST /fn/admin/show_message", "/fn/admin/show_message", "id={strange}", STAFF_UNKNOWN),
    ("POST /fn/admin/remove_closure", "/fn/admin/remove_closure", "id={strange}", STAFF_UNKNOWN),
    ("POST /fn/admin/approve_doctor", "/fn/admin/approve_doctor", "slug=doctor-1&version=0", STAFF_STALE),
    ("POST /fn/admin/reject_doctor", "/fn/admin/reject_doctor", "slug=doctor-1&version=0&reason=x", STAFF_STALE),
    ("POST /fn/admin/pause_doctor", "/fn/admin/pause_doctor", "slug=doctor-1&version=0", STAFF_STALE),
    ("POST /fn/admin/resume_doctor", "/fn/admin/resume_doctor", "slug=doctor-1&version=0", STAFF_STALE),
    ("POST /fn/admin/save_settings", "/fn/admin/save_settings", "name=Clinic&phone=020+7946+0100&emergency_line=112&request_hours=72&cutoff_hours=24&time_zone=Europe%2FLondon&version=9", STAFF_STALE),
    // last, because it ends every session
    ("POST /fn/sign_out", "/fn/sign_out", "", PUBLIC),
];

/// What changes a calendar besides its appointments: it is not for who works at the desk alone.
const EDITS: &[&str] = &[
    "/doctor/availability",
    "/doctor/overrides",
    "/doctor/time-off",
    "/doctor/visit-types",
    "/doctor/profile",
    "/doctor/colleagues",
    "/fn/availability/",
    "/fn/doctor/profile",
    "/fn/doctor/preview",
    "/fn/doctor/visible",
    "/fn/doctor/colleagues",
];
/// What is not for receptionists besides [`EDITS`].
const MANAGES: &[&str] = &[
    "/admin/",
    "/fn/admin/",
    "/patients/matches",
    "/patients/{id}/merge",
    "/fn/patients/merge",
    "/fn/patients/undo_merge",
    "/fn/patients/matches",
    "/fn/patients/not_the_same",
    "/fn/doctors/leaving",
    "/fn/doctor/end_colleague",
];
/// What receptionists may ask nevertheless.
const ASKS: &[&str] = &["/admin/availability-explainer", "/fn/admin/availability-explainer"];

fn is_among(address: &str, paths: &[&str]) -> bool {
    let path = address.split(' ').nth(1).unwrap_or_default();
    paths.iter().any(|begin| path.starts_with(begin))
}

/// The answer to a receptionist: that to staff, but for [`EDITS`] and [`MANAGES`].
fn of_receptionist(row: &Row) -> u16 {
    let refused = is_among(row.0, EDITS) || (is_among(row.0, MANAGES) && !is_among(row.0, ASKS));
    if refused { 403 } else { row.3[5] }
}

/// The answer to a doctor whom the appointment's doctor lets work in the calendar: that to the doctor, but for [`EDITS`].
/// Files are as for staff: whom the doctor does not let read them, opens none.
fn of_colleague(row: &Row) -> u16 {
    let opens_files = row.0.contains("/papers") && !row.0.ends_with("/fn/papers/list") && row.3[5] == 403;
    match () {
        () if is_among(row.0, EDITS) => 403,
        () if opens_files => row.3[5],
        () => row.3[3],
    }
}

#[derive(Clone)]
pub struct Fixture {
    appointment: String,
    hold: String,
    visit_type: String,
    pub patient: String,
    message: String,
    series: String,
}

impl Fixture {
    pub fn fill(&self, text: &str) -> String {
        text.replace("{appointment}", &self.appointment)
            .replace("{hold}", &self.hold)
            .replace("{visit_type}", &self.visit_type)
            .replace("{patient}", &self.patient)
            .replace("{message}", &self.message)
            .replace("{series}", &self.series)
            .replace("{strange}", "0197f2c4-0000-7000-8000-000000000001")
    }
}

/// A person with an account, signed in; each registers as a patient, and the database makes them what they are.
pub async fn person(clinic: &TestClinic, web: &Web, email: &'static str, role: Role) -> (Browser, PersonId) {
    let at_once = web.without_mail().await;
    let mut browser = at_once.browser();
    browser.get("/register").await;
    let fields = [("name", "Test Person"), ("email", email), ("phone", ""), ("password", PASSWORD), ("next", "/")];
    assert_eq!(browser.post("/fn/register", &fields).await.status, 303);
    browser.address = web.address;
    let user = clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let conn = &mut tx;
                let sql = "update persons set role = $2 where email = $1";
                on!(conn, |c| sqlx::query(sql).bind(email).bind(role).execute(c).await?.rows_affected());
                let sql = "select id from persons where email = $1";
                let user: PersonId = on!(conn, |c| sqlx::query_scalar(sql).bind(email).fetch_one(c).await?);
                Ok(user)
            })
        })
        .await;
    (browser, user)
}

async fn give_calendar(clinic: &TestClinic, doctor: usize, user: PersonId) {
    let doctor = clinic.doctors[doctor].id;
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "update doctors set person_id = $2 where id = $1";
                on!(tx, |c| sqlx::query(sql).bind(doctor).bind(user).execute(c).await?.rows_affected());
                Ok(())
            })
        })
        .await;
}

/// Holds a time of the first doctor; the appointment's id.
async fn hold(patient: &mut Browser, visit_type: &str, start: i64) -> String {
    patient.get(&format!("/doctors/doctor-1/times?visit_type={visit_type}")).await;
    let fields = [("doctor", "doctor-1"), ("visit_type", visit_type), ("start", &start.to_string())];
    let answer = patient.post("/fn/booking/hold", &fields).await;
    answer.location().rsplit('/').next().unwrap_or_default().to_owned()
}

/// A series that the appointment belongs to.
async fn series_of(clinic: &TestClinic, appointment: &str) -> String {
    let (series, appointment) = (SeriesId(docslot::random::id()), appointment.parse::<AppointmentId>().expect("an id"));
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "insert into appointment_series (id, kind, created_at) values ($1, 'series', $2)";
                tx.execute(sql, (series, TOMORROW_9)).await?;
                let sql = "insert into series_members (series_id, position, appointment_id) values ($1, 1, $2)";
                tx.execute(sql, (series, appointment)).await?;
                Ok(())
            })
        })
        .await;
    series.to_string()
}

/// Without an account, the patient, another patient, the doctor, another doctor, staff.
pub async fn one_of_each(clinic: &TestClinic, web: &Web) -> ([Browser; 6], Fixture) {
    let (mut patient, patient_id) = person(clinic, web, "patient@example.org", Role::Patient).await;
    let (other_patient, _) = person(clinic, web, "other-patient@example.org", Role::Patient).await;
    let (doctor, doctor_id) = person(clinic, web, "doctor@example.org", Role::Doctor).await;
    let (other_doctor, other_doctor_id) = person(clinic, web, "other-doctor@example.org", Role::Doctor).await;
    let (staff, _) = person(clinic, web, "staff@example.org", Role::Admin).await;
    give_calendar(clinic, 0, doctor_id).await;
    give_calendar(clinic, 1, other_doctor_id).await;

    let visit_type = clinic.doctors[0].visit_type.to_string();
    let appointment = hold(&mut patient, &visit_type, TOMORROW_9.0 + 3 * 86_400).await;
    patient.post("/fn/booking/confirm", &[("id", &appointment)]).await;
    let hold = hold(&mut patient, &visit_type, TOMORROW_9.0 + 3_600).await;
    let message = clinic.an_id("select id from outbox limit 1").await.to_string();
    let series = series_of(clinic, &appointment).await;
    let fixture = Fixture { series, appointment, hold, visit_type, patient: patient_id.to_string(), message };
    ([web.browser(), patient, other_patient, doctor, other_doctor, staff], fixture)
}

const NAMES: [&str; 8] =
    ["nobody", "patient", "other patient", "doctor", "other doctor", "staff", "receptionist", "colleague"];

#[tokio::test]
async fn every_address_has_one_row() {
    let addresses: BTreeSet<String> =
        router::addresses().into_iter().map(|(method, path)| format!("{method} {path}")).collect();
    let rows: BTreeSet<String> = ROWS.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(rows.len(), ROWS.len(), "a row stands twice");
    let missing: Vec<_> = addresses.difference(&rows).collect();
    let stale: Vec<_> = rows.difference(&addresses).collect();
    assert!(missing.is_empty() && stale.is_empty(), "without a row: {missing:#?}\nwithout an address: {stale:#?}");
}

both_databases! {
    async fn each_role_gets_its_answer(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (browsers, fixture) = one_of_each(&clinic, &web).await;
        let (receptionist, _) = person(&clinic, &web, "reception@example.org", Role::Receptionist).await;
        let (colleague, colleague_id) = person(&clinic, &web, "colleague@example.org", Role::Doctor).await;
        give_calendar(&clinic, 2, colleague_id).await;
        let lets = "insert into calendar_colleagues (id, doctor_id, colleague_id, created_at)
            select d.id, d.id, o.id, p.created_at from doctors d join doctors o on o.slug = 'doctor-3'
            join persons p on p.id = o.person_id where d.slug = 'doctor-1'";
        assert_eq!(clinic.execute(lets).await.expect("let"), 1);
        let mut browsers: Vec<Browser> = browsers.into_iter().chain([receptionist, colleague]).collect();
        let mut wrong = Vec::new();
        for row @ (address, example, form, expected) in ROWS {
            let expected: Vec<u16> = expected.iter().copied().chain([of_receptionist(row), of_colleague(row)]).collect();
            let (method, _) = address.split_once(' ').expect("method and path");
            let (path, form) = (fixture.fill(example), fixture.fill(form));
            for (place, browser) in browsers.iter_mut().enumerate() {
                let before = browser.cookies.clone();
                let headers: &[(&str, &str)] = if method == "GET" {
                    &[("accept", "text/html")]
                } else {
                    &[("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin"), ("accept", "*/*")]
                };
                let answer = browser.send(method, &path, headers, &form).await;
                browser.cookies = before;
                if answer.body.contains("<leptos-island") != answer.body.contains(".wasm") {
                    wrong.push(format!("{address} for {}: islands and their scripts go together", NAMES[place]));
                }
                // a doctor's page shows the first times of their page of times, which is where a press leads back to
                let comes_back = |page: &String| *page == path || page.starts_with(&format!("{path}/times?"));
                for astray in answer.forms().iter().filter(|form| !form.page.as_ref().is_some_and(comes_back)) {
                    wrong.push(format!("{address} for {}: {astray:?} would not come back to {path}", NAMES[place]));
                }
                if answer.status != expected[place] {
                    wrong.push(format!("{address} for {}: {} instead of {}", NAMES[place], answer.status, expected[place]));
                }
            }
        }
        println!("{} addresses, {} answers", ROWS.len(), ROWS.len() * NAMES.len());
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
