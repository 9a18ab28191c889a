//! A session as it is stored: what happened, and what is known of the rungs on which it happened.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{QoeError, Resolution, RungDetails, Session, Viewing};

/// A session as it is stored, with what models of the picture want to know of each rung. As JSON it is one object: the fields
/// of the [`Session`], and `rungs` where anything is known of them. Records without `rungs` are read too.
///
/// ```
/// # let text = r#"{"schema": "segue.session/1", "abr": "bola", "profile": "", "trace": "", "video": "", "seed": 0,
/// #   "ladder_kbps": [900], "downloads": [], "stalls": [], "startup_delay_s": 1, "played_s": 0, "paused_s": 0, "wall_s": 1,
/// #   "rungs": [{"resolution": "1280x720", "fps": 25, "codec": "avc1.64001f"}]}"#;
/// let record = qoe::Record::parse("session.json", text)?;
/// assert_eq!(record.session.abr, "bola");
/// assert_eq!(record.largest(), Some(qoe::Resolution::new(1280, 720)));
/// # Ok::<(), qoe::QoeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    #[serde(flatten)]
    pub session: Session,
    /// The rungs, in the order of the ladder; empty where nothing is known of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rungs: Vec<RungDetails>,
}

impl Session {
    /// Reads a stored session; `name` is the file that errors name. [`Record`](crate::Record) also keeps what is stored of
    /// the rungs.
    ///
    /// # Errors
    /// [`QoeError::File`](crate::QoeError::File) with the field at fault: no JSON of a session, another schema, a number
    /// that is not finite or is negative, a rung that the ladder does not have, or records out of the order of time.
    pub fn parse(name: &str, text: &str) -> Result<Session, QoeError> {
        Record::parse(name, text).map(|record| record.session)
    }
}

impl Record {
    /// The record of a session with what its ladder knows of each rung.
    pub fn new(session: Session, ladder: &media::Ladder) -> Record {
        let mut rungs: Vec<RungDetails> = ladder.rungs().iter().map(RungDetails::from).collect();
        if rungs.iter().all(|r| *r == RungDetails::default()) {
            rungs.clear();
        }
        Record { session, rungs }
    }

    /// Reads a stored record; `name` is the file that errors name.
    ///
    /// # Errors
    /// As [`Session::parse`]; and for details of rungs that are not as many as the ladder has, or frame rates that are none.
    pub fn parse(name: &str, text: &str) -> Result<Record, QoeError> {
        let fault =
            |field: String, problem: String| QoeError::File { file: name.to_string(), field, problem };
        let record: Record = serde_json::from_str(text).map_err(|e| {
            fault(format!("line {}, column {}", e.line(), e.column()), spec::json_problem(&e))
        })?;
        record.session.check().map_err(|(field, problem)| fault(field, problem))?;
        let (rungs, ladder) = (record.rungs.len(), record.session.ladder_kbps.len());
        if rungs > 0 && rungs != ladder {
            return Err(fault(
                "rungs".to_string(),
                format!("are {rungs}, expected {ladder} as in ladder_kbps"),
            ));
        }
        for (i, rung) in record.rungs.iter().enumerate() {
            if let Some(fps) = rung.fps.filter(|f| !(*f > 0.0 && f.is_finite())) {
                let problem = format!("is {fps}, expected a finite number above 0");
                return Err(fault(format!("rungs[{i}].fps"), problem));
            }
        }
        Ok(record)
    }

    /// What the viewer saw, with what is known of the rungs.
    pub fn viewing(&self) -> Viewing {
        Viewing::of(&self.session).described(|rung| self.rungs.get(rung))
    }

    /// The largest resolution among the rungs.
    pub fn largest(&self) -> Option<Resolution> {
        let sizes = self.rungs.iter().filter_map(|r| r.resolution);
        sizes.max_by(|a, b| a.pixels().total_cmp(&b.pixels()))
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Record, D::Error> {
        deserializer.deserialize_map(Whole)
    }
}

/// Reads the object in one pass: what is not `rungs` goes to the session. (Flattening would keep all of it in memory first.)
struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = Record;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a session record")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Record, A::Error> {
        let mut rungs = Vec::new();
        let session = Session::deserialize(MapAccessDeserializer::new(Apart { map, rungs: &mut rungs }))?;
        Ok(Record { session, rungs })
    }
}

/// An object without its `rungs`, which are put aside.
struct Apart<'a, A> {
    map: A,
    rungs: &'a mut Vec<RungDetails>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Apart<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<String>()? {
            if key != "rungs" {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
            *self.rungs = self.map.next_value()?;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}
