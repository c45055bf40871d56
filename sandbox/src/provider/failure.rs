//! The cloud's refusals in the words of the real provider.

use crate::plan::{Problem, Subject};
use crate::store::{Refusal, StoreError};

const STEERED: &str = "The sandbox cloud did this because of a word in the resource's name.";

/// What was being done.
#[derive(Clone, Copy, Debug)]
pub enum Doing {
    /// A creation.
    Creating,
    /// A change.
    Updating,
    /// A removal.
    Deleting,
    /// A look.
    Reading,
}

impl Doing {
    fn word(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Updating => "updating",
            Self::Deleting => "deleting",
            Self::Reading => "reading",
        }
    }
}

/// The store's answer as the provider reports it.
pub fn refused(subject: &Subject<'_>, doing: Doing, error: &StoreError) -> Problem {
    let noun = &subject.kind.noun;
    let begin = format!("Error {} {noun}", doing.word());
    let id = |key: &str| key.splitn(3, '/').nth(2).unwrap_or(key).to_owned();
    match error {
        StoreError::Refused(Refusal::Exists { key }) => Problem::new(format!(
            "{begin}: googleapi: Error 409: The resource '{}' already exists, alreadyExists",
            id(key)
        )),
        StoreError::Refused(Refusal::Missing { needs, .. }) => Problem::new(format!(
            "{begin}: googleapi: Error 404: The resource '{}' was not found, notFound",
            id(needs)
        )),
        StoreError::Refused(Refusal::NotFound { key }) => Problem::new(format!(
            "{begin}: googleapi: Error 404: The resource '{}' was not found, notFound",
            id(key)
        )),
        StoreError::Refused(Refusal::InUse { key, by }) => {
            let by: Vec<String> = by.iter().map(|key| format!("'{}'", id(key))).collect();
            Problem::new(format!(
                "{begin}: googleapi: Error 400: The resource '{}' is already being used by {}, \
                 resourceInUseByAnotherResource",
                id(key),
                by.join(", ")
            ))
        }
        StoreError::Refused(Refusal::Overlap { range, with, .. }) => Problem::new(format!(
            "{begin}: googleapi: Error 400: Invalid IPCidrRange: it conflicts with existing \
             '{}', {range}, badRequest",
            id(with)
        )),
        StoreError::Unusable(_) | StoreError::Disk(_) => {
            Problem::new(format!("{begin}: no answer from the sandbox cloud")).detail(error.to_string())
        }
    }
}

/// The quota error that `fail` asks for.
pub fn quota(subject: &Subject<'_>, doing: Doing) -> Problem {
    Problem::new(format!(
        "Error {} {}: googleapi: Error 403: Quota 'SANDBOX' exceeded. Limit: 0.0 globally., \
         quotaExceeded",
        doing.word(),
        subject.kind.noun
    ))
    .detail(STEERED)
}

/// The error after the making that `partial` asks for.
pub fn half_made(subject: &Subject<'_>, id: &str) -> Problem {
    let noun = &subject.kind.noun;
    Problem::new(format!(
        "Error waiting to create {noun}: the operation on '{id}' failed after the resource was made"
    ))
    .detail(STEERED)
}

/// An operation that gave up because the engine wants to end.
pub fn given_up(subject: &Subject<'_>, doing: Doing) -> Problem {
    let noun = &subject.kind.noun;
    Problem::new(format!(
        "Error waiting for {} {noun}: the operation was given up: context canceled",
        doing.word()
    ))
}
