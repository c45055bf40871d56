//! Which changes cannot be done in place.

use super::{Path, Problem, Step, Subject, at_path};
use crate::cidr::Cidr;
use crate::kind::{Replace, message};
use crate::schema::{Block, Nesting};
use crate::value::Value;

/// Whether a change from one value to another replaces.
type Rule<'a> = &'a dyn Fn(&Value, &Value) -> bool;

/// The places whose change replaces the resource.
pub fn replacing(subject: &Subject<'_>, prior: &Value, planned: &Value) -> Vec<Path> {
    let Replace { always, smaller, removed, classes, narrower, .. } = &subject.kind.replace;
    let mut found = Vec::new();
    let mut look = |path: &str, replaces: Rule<'_>| {
        let names: Vec<&str> = path.split('.').collect();
        let search = Search { replaces };
        search.walk(subject.block, &names, [prior, planned], &mut Vec::new(), &mut found);
    };
    let taken = |before: &Value, after: &Value| !before.is_blank() && after.is_blank();
    let rules: [(_, Rule<'_>); 4] =
        [(always, &differs), (smaller, &shrinks), (narrower, &narrows), (removed, &taken)];
    for (paths, replaces) in rules {
        for path in paths {
            look(path, replaces);
        }
    }
    for (path, classes) in classes {
        let class = |value: &Value| {
            let text = value.as_text();
            classes.iter().position(|class| class.iter().any(|one| Some(one.as_str()) == text))
        };
        look(path, &|before, after| class(before) != class(after));
    }
    found
}

/// The cloud's answer to a shrink that was planned as an update.
pub fn refused_shrink(subject: &Subject<'_>, prior: &Value, planned: &Value) -> Option<Problem> {
    let shrinks_at = |path: &&String| {
        let (before, after) = (at_path(prior, path), at_path(planned, path));
        before.into_iter().zip(after).any(|(a, b)| shrinks(a, b))
    };
    let path = subject.kind.replace.refused_smaller.iter().find(shrinks_at)?;
    let id = prior.get("id").as_text().unwrap_or_default();
    let names = [("path", path.as_str()), ("noun", subject.kind.noun.as_str()), ("id", id)];
    Some(Problem::new(message(&subject.catalogue.provider.messages.shrink, &names)))
}

struct Search<'a> {
    replaces: Rule<'a>,
}

impl Search<'_> {
    fn walk(
        &self,
        block: &Block,
        names: &[&str],
        [prior, planned]: [&Value; 2],
        path: &mut Path,
        found: &mut Vec<Path>,
    ) {
        let Some((name, rest)) = names.split_first() else {
            return;
        };
        let (before, after) = (prior.get(name), planned.get(name));
        path.push(Step::Name((*name).to_owned()));
        if let Some(nested) = block.blocks.get(*name) {
            let [old, new] = [before, after].map(|v| v.as_list().map_or(0, <[Value]>::len));
            if nested.nesting == Nesting::Single {
                self.walk(&nested.block, rest, [before, after], path, found);
            } else if rest.is_empty() || nested.nesting == Nesting::Set {
                // A block stands for its being there; sets only as a whole.
                if old != new || (nested.nesting == Nesting::Set && before != after) {
                    found.push(path.clone());
                }
            } else {
                for index in 0..old.max(new) {
                    path.push(Step::Index(index));
                    let inner = [before.at(index), after.at(index)];
                    self.walk(&nested.block, rest, inner, path, found);
                    path.pop();
                }
            }
        } else {
            // An output of a block that is only now added is no change.
            let fresh = prior.is_null() && after.is_unknown();
            if !fresh && (self.replaces)(before, after) && !found.contains(path) {
                found.push(path.clone());
            }
        }
        path.pop();
    }
}

fn differs(before: &Value, after: &Value) -> bool {
    before != after && !(before.is_blank() && after.is_blank())
}

fn shrinks(before: &Value, after: &Value) -> bool {
    matches!((before.as_f64(), after.as_f64()), (Some(before), Some(after)) if after < before)
}

fn narrows(before: &Value, after: &Value) -> bool {
    if after.is_unknown() {
        return true;
    }
    let range = |value: &Value| value.as_text().and_then(|text| text.parse::<Cidr>().ok());
    match (range(before), range(after)) {
        (Some(before), Some(after)) => !after.holds(before),
        _ => differs(before, after),
    }
}
