//! The ids in addresses, as the API's description names them: `params(Id<DoctorId>)`.

use utoipa::{
    IntoParams,
    openapi::{
        Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type},
    },
};

use super::extract::Id;
use crate::ids::{AppointmentId, DoctorId, InvitationId, PersonId, TimeOffId, TokenId};

/// A part of an address that [`Id`] reads.
pub trait InAddress {
    /// Its name in the path of the operation.
    const NAME: &'static str = "id";
    /// The thing that it names.
    const DESCRIPTION: &'static str;
    /// The format of its text.
    const FORMAT: Option<KnownFormat> = Some(KnownFormat::Uuid);
}

impl InAddress for AppointmentId {
    const DESCRIPTION: &'static str = "The appointment.";
}

impl InAddress for DoctorId {
    const DESCRIPTION: &'static str = "The doctor.";
}

impl InAddress for InvitationId {
    const DESCRIPTION: &'static str = "The invitation.";
}

impl InAddress for TimeOffId {
    const DESCRIPTION: &'static str = "The time off.";
}

impl InAddress for TokenId {
    const DESCRIPTION: &'static str = "The token's id.";
}

impl InAddress for PersonId {
    const DESCRIPTION: &'static str = "The account.";
}

impl<T: InAddress> IntoParams for Id<T> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new().schema_type(Type::String).format(T::FORMAT.map(SchemaFormat::KnownFormat));
        let parameter = ParameterBuilder::new().name(T::NAME).parameter_in(ParameterIn::Path).required(Required::True);
        vec![parameter.description(Some(T::DESCRIPTION)).schema(Some(schema)).build()]
    }
}
