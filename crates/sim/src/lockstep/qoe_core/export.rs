//! Steps as the original writes them.

use std::fmt::Write as _;

use super::{Session, Step};

/// Rows under the header `timestamp,bitrate_kbps,buffer_level_secs,stalled,switch`; the level with two decimals.
pub fn csv(steps: &[Step]) -> String {
    let mut text = "timestamp,bitrate_kbps,buffer_level_secs,stalled,switch\n".to_string();
    for s in steps {
        // A string takes everything; so below.
        let _ = writeln!(
            text,
            "{},{},{:.2},{},{}",
            s.timestamp, s.bitrate_kbps, s.buffer_level_secs, s.stalled, s.switch
        );
    }
    text
}

/// An array of objects with the same keys, two blanks per level of indentation; a level that is no number is `null`.
pub fn json(steps: &[Step]) -> String {
    if steps.is_empty() {
        return "[]".to_string();
    }
    let mut text = "[".to_string();
    for (i, s) in steps.iter().enumerate() {
        let comma = if i > 0 { "," } else { "" };
        let level = match s.buffer_level_secs.is_finite() {
            true => format!("{:?}", s.buffer_level_secs),
            false => "null".to_string(),
        };
        let _ = write!(
            text,
            "{comma}\n  {{\n    \"timestamp\": {},\n    \"bitrate_kbps\": {},\n    \"buffer_level_secs\": {level},\n    \
             \"stalled\": {},\n    \"switch\": {}\n  }}",
            s.timestamp, s.bitrate_kbps, s.stalled, s.switch
        );
    }
    text + "\n]"
}

/// The lines that the original prints, one per step.
pub fn lines(steps: &[Step]) -> String {
    let mut text = String::new();
    for s in steps {
        let _ = writeln!(
            text,
            "Time: {}s, Bitrate: {} kbps, Buffer: {:.2} s, Stalled: {}, Switch: {}",
            s.timestamp, s.bitrate_kbps, s.buffer_level_secs, s.stalled, s.switch
        );
    }
    text
}

impl Session {
    /// [`csv`] of its steps.
    pub fn to_csv(&self) -> String {
        csv(&self.steps)
    }

    /// [`json`] of its steps.
    pub fn to_json(&self) -> String {
        json(&self.steps)
    }

    /// The line of the original's command.
    pub fn line(&self) -> String {
        let r = &self.report;
        format!(
            "ABR: {:<15} | Score: {:>5.1} | Bitrate: {:>5.0} kbps | Stalls: {}",
            self.abr.name(),
            r.final_score,
            r.average_bitrate_kbps,
            r.stall_count
        )
    }
}
