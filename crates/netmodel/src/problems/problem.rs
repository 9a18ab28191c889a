//! What a finding is: its kind, its evidence, and what is looked at.

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use crate::stats::{Measured, Segment};

/// A kind of problem.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kind {
    pub name: &'static str,
    pub about: &'static str,
    /// What to do about it, in one line.
    pub advice: &'static str,
}

/// Something wrong, and what shows it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Problem {
    pub kind: &'static Kind,
    /// What shows it, in a sentence.
    pub evidence: String,
    /// The numbers of that sentence, each with its unit in its name.
    pub numbers: Vec<(&'static str, f64)>,
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Numbers<'a>(&'a [(&'static str, f64)]);
        impl Serialize for Numbers<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(self.0.len()))?;
                self.0.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
        }
        let mut out = serializer.serialize_struct("Problem", 5)?;
        out.serialize_field("problem", self.kind.name)?;
        out.serialize_field("about", self.kind.about)?;
        out.serialize_field("evidence", &self.evidence)?;
        out.serialize_field("numbers", &Numbers(&self.numbers))?;
        out.serialize_field("advice", self.kind.advice)?;
        out.end()
    }
}

/// A problem of several traces of a set together.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Shared {
    pub problem: Problem,
    /// Which traces, by their place in the set; ascending.
    pub members: Vec<usize>,
}

/// A trace and what is looked at of it.
pub(super) struct Subject<'a> {
    pub(super) name: &'a str,
    pub(super) measured: &'a Measured,
}

impl Subject<'_> {
    pub(super) fn segments(&self) -> &[Segment] {
        self.measured.segments()
    }

    pub(super) fn seconds(&self) -> f64 {
        self.segments().iter().map(|s| s.us).sum::<i64>() as f64 / 1e6
    }
}

/// The names of two traces of a set.
pub(super) fn pair(members: &[(&str, &Measured)], a: usize, b: usize) -> String {
    format!("{} and {}", members[a].0, members[b].0)
}
