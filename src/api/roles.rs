//! Operations that are not for patients. The role is checked before anything else in the request, so that the answers
//! tell a patient nothing about operations reserved for others.

use axum::{extract::FromRequestParts, http::request::Parts};

use super::{
    auth::{ReadAccess, WriteAccess},
    problem::Problem,
};
use crate::{accounts::Permission, web::request::Actor};

/// A doctor, a receptionist or a member of the clinic's staff: `DoctorOrStaff<ReadAccess>` or `DoctorOrStaff<WriteAccess>`.
pub struct DoctorOrStaff<T>(pub T);

/// Who manages the clinic's people: `Staff<ReadAccess>` or `Staff<WriteAccess>`.
pub struct Staff<T>(pub T);

/// A person whose token allows the request.
pub trait SignedIn {
    /// The person.
    fn actor(&self) -> Actor;
}

impl SignedIn for ReadAccess {
    fn actor(&self) -> Actor {
        self.0
    }
}

impl SignedIn for WriteAccess {
    fn actor(&self) -> Actor {
        self.0
    }
}

async fn allowed<S: Sync, T>(parts: &mut Parts, state: &S, permission: Permission) -> Result<T, Problem>
where
    T: FromRequestParts<S, Rejection = Problem> + SignedIn,
{
    let person = T::from_request_parts(parts, state).await?;
    person.actor().needs(permission)?;
    Ok(person)
}

impl<S: Sync, T: FromRequestParts<S, Rejection = Problem> + SignedIn + Send> FromRequestParts<S> for DoctorOrStaff<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        allowed(parts, state, Permission::WorkAtDesk).await.map(DoctorOrStaff)
    }
}

impl<S: Sync, T: FromRequestParts<S, Rejection = Problem> + SignedIn + Send> FromRequestParts<S> for Staff<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        allowed(parts, state, Permission::ManagePeople).await.map(Staff)
    }
}
