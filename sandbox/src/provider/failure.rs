//! The cloud's refusals in the words of the real provider.

use crate::kind::message;
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
    let messages = &subject.catalogue.provider.messages;
    let part = |key: &str| key.splitn(3, '/').nth(2).unwrap_or(key).to_owned();
    let say = |template: &str, key: &str, by: &str, range: &str| {
        say(subject, doing, template, &[("id", &part(key)), ("by", by), ("range", range)])
    };
    match error {
        StoreError::Refused(Refusal::Exists { key }) => say(&messages.exists, key, "", ""),
        StoreError::Refused(Refusal::Missing { needs: key, .. } | Refusal::NotFound { key }) => {
            say(&messages.missing, key, "", "")
        }
        StoreError::Refused(Refusal::InUse { key, by }) => {
            let by: Vec<String> = by.iter().map(|key| format!("'{}'", part(key))).collect();
            say(&messages.in_use, key, &by.join(", "), "")
        }
        StoreError::Refused(Refusal::Overlap { key, range, with }) => {
            say(&messages.overlap, key, &part(with), range)
        }
        StoreError::Unusable(_) | StoreError::Disk(_) => {
            let (doing, noun) = (doing.word(), &subject.kind.noun);
            Problem::new(format!("Error {doing} {noun}: no answer from the sandbox cloud"))
                .detail(error.to_string())
        }
    }
}

fn say(subject: &Subject<'_>, doing: Doing, template: &str, names: &[(&str, &str)]) -> Problem {
    let own = [("doing", doing.word()), ("noun", subject.kind.noun.as_str())];
    Problem::new(message(template, &[&own, names].concat()))
}

/// The quota error that `fail` asks for.
pub fn quota(subject: &Subject<'_>, doing: Doing) -> Problem {
    say(subject, doing, &subject.catalogue.provider.messages.quota, &[]).detail(STEERED)
}

/// The error after the making that `partial` asks for.
pub fn half_made(subject: &Subject<'_>, id: &str) -> Problem {
    let template = &subject.catalogue.provider.messages.half_made;
    say(subject, Doing::Creating, template, &[("id", id)]).detail(STEERED)
}

/// An operation that gave up because the engine wants to end.
pub fn given_up(subject: &Subject<'_>, doing: Doing) -> Problem {
    say(subject, doing, &subject.catalogue.provider.messages.given_up, &[])
}
