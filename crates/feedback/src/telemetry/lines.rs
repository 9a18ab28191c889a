//! A stream of lines: telemetry as CSV, JSON or CMCD, chat between it.

use serde_json::Value;

use super::{Field, Telemetry, cmcd, scaled, short};
use crate::FeedbackError;

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    Sample(Telemetry),
    /// Something that a viewer said.
    Said {
        /// Who; empty where that is not told.
        viewer: String,
        text: String,
        /// When, where that is told.
        time_s: Option<f64>,
    },
    /// A header, a comment or nothing.
    Nothing,
}

/// Reads lines of telemetry and chat.
///
/// - a JSON object with a `text` is chat (`viewer` or `user`, `time_s`), one without is a sample;
/// - a line of names of fields with commas is the header of the CSV lines that follow;
/// - `CMCD-Request: bl=...` or a query with `CMCD=` is a sample;
/// - `RSRP=-94,SNR=8` is a sample;
/// - any other line is chat.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    columns: Vec<Column>,
    line: usize,
}

/// Times beyond this are none: 3,000 years, which milliseconds since 1970 exceed.
const FARTHEST_S: f64 = 1e11;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Column {
    Time,
    Viewer,
    Value(Field, f64),
    Other,
}

impl Reader {
    /// A reader at the first line.
    pub fn new() -> Reader {
        Reader::default()
    }

    /// Reads a line.
    ///
    /// ```
    /// use feedback::telemetry::{Line, Reader};
    ///
    /// let mut reader = Reader::new();
    /// assert_eq!(reader.read("time_s,rsrp_dbm,snr_db")?, Line::Nothing);
    /// assert!(matches!(reader.read("1,-94.2,8.3")?, Line::Sample(_)));
    /// assert!(matches!(reader.read("it froze again")?, Line::Said { .. }));
    /// # Ok::<(), feedback::FeedbackError>(())
    /// ```
    ///
    /// # Errors
    /// [`FeedbackError::Input`] with the line's number: JSON that is none, a field that is no number, a CSV line with more or
    /// fewer fields than its header. The reader goes on at the next line.
    pub fn read(&mut self, line: &str) -> Result<Line, FeedbackError> {
        self.line += 1;
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(Line::Nothing);
        }
        if line.starts_with('{') {
            return self.json(line);
        }
        if qoe::logs::Cmcd::is_in(line) {
            return Ok(Line::Sample(cmcd(line)));
        }
        let fields: Vec<&str> = line.split(',').map(|f| f.trim().trim_matches('"')).collect();
        if fields.len() > 1 && fields.iter().filter(|f| Field::find(f).is_some()).count() > 0 {
            let known = fields.iter().filter(|f| column(f) != Column::Other).count();
            if known * 2 >= fields.len() || known >= 3 {
                self.columns = fields.iter().map(|f| column(f)).collect();
                return Ok(Line::Nothing);
            }
        }
        if !self.columns.is_empty() && fields[0].parse::<f64>().is_ok() {
            return self.row(&fields);
        }
        let pair = |f: &str| f.split_once('=').is_some_and(|(name, _)| Field::find(name).is_some());
        if fields.iter().all(|f| pair(f)) {
            return Telemetry::parse(line).map(Line::Sample).map_err(|e| self.wrong(&e.to_string()));
        }
        Ok(Line::Said { viewer: String::new(), text: line.to_string(), time_s: None })
    }

    fn row(&self, fields: &[&str]) -> Result<Line, FeedbackError> {
        if fields.len() != self.columns.len() {
            let found = format!("{} fields, expected {} as in the header", fields.len(), self.columns.len());
            return Err(self.wrong(&found));
        }
        let mut sample = Telemetry::default();
        for (column, text) in self.columns.iter().zip(fields) {
            if text.is_empty() || *text == "-" || *column == Column::Other {
                continue;
            }
            match column {
                Column::Viewer => sample.viewer = Some(short(text)),
                Column::Time => sample.time_s = Some(self.time(text.parse().ok(), text)?),
                Column::Value(field, factor) => {
                    sample.set(*field, scaled(self.number(field.info().name, text)?, *factor));
                }
                Column::Other => {}
            }
        }
        Ok(Line::Sample(sample))
    }

    fn json(&self, line: &str) -> Result<Line, FeedbackError> {
        let value: Value =
            serde_json::from_str(line).map_err(|e| self.wrong(&format!("no JSON object: {e}")))?;
        let Some(object) = value.as_object() else { return Err(self.wrong("no JSON object")) };
        let text = |keys: &[&str]| keys.iter().find_map(|k| object.get(*k)?.as_str());
        let viewer = text(&["viewer", "user", "sid"]).map(short);
        let time_s = match object.get("time_s") {
            None | Some(Value::Null) => None,
            Some(time) => Some(self.time(time.as_f64(), &time.to_string())?),
        };
        if let Some(said) = text(&["text", "message", "feedback"]) {
            let said = said.to_string();
            return Ok(Line::Said { viewer: viewer.unwrap_or_default(), text: said, time_s });
        }
        let mut sample = text(&["cmcd", "CMCD"]).map(cmcd).unwrap_or_default();
        sample.time_s = time_s;
        sample.viewer = viewer.or(sample.viewer);
        for (key, value) in object {
            let Some((field, factor)) = Field::find(key) else { continue };
            let number = match value {
                Value::Null => continue,
                Value::Bool(b) => Some(f64::from(u8::from(*b))),
                value => value.as_f64(),
            };
            let Some(number) = number else {
                let found = short(&value.to_string());
                return Err(self.wrong(&format!("{key} is {found}, expected a number")));
            };
            sample.set(field, scaled(number, factor));
        }
        match sample.is_empty() {
            true => Err(self.wrong("neither a text nor a field of telemetry")),
            false => Ok(Line::Sample(sample)),
        }
    }

    fn number(&self, name: &str, text: &str) -> Result<f64, FeedbackError> {
        let number = text.parse::<f64>().ok().filter(|v| v.is_finite());
        number.ok_or_else(|| self.wrong(&format!("{name} is '{}', expected a number", short(text))))
    }

    /// A time, as far as a clock can go on from it by a few seconds.
    fn time(&self, number: Option<f64>, text: &str) -> Result<f64, FeedbackError> {
        number
            .filter(|t| t.abs() <= FARTHEST_S)
            .ok_or_else(|| self.wrong(&format!("time_s is {}, expected seconds, 1e11 at most", short(text))))
    }

    fn wrong(&self, problem: &str) -> FeedbackError {
        FeedbackError::Input(Box::new(spec::BadInput::new(self.line, "", problem, "")))
    }
}

fn column(name: &str) -> Column {
    match Field::find(name) {
        Some((field, factor)) => Column::Value(field, factor),
        None if ["time_s", "time", "t_s"].iter().any(|t| t.eq_ignore_ascii_case(name)) => Column::Time,
        None if ["viewer", "user"].iter().any(|t| t.eq_ignore_ascii_case(name)) => Column::Viewer,
        None => Column::Other,
    }
}
