//! What `segue qos watch` shows of a step, in 80 columns.

use feedback::Step;
use feedback::telemetry::Field;

use crate::text::{printable, wrap_after};

/// What is shown of telemetry, in dBm, dB, Mbit/s and s.
const SHOWN: [(Field, &str); 4] =
    [(Field::Rsrp, "RSRP"), (Field::Snr, "SNR"), (Field::Throughput, "Mbit/s"), (Field::Buffer, "buffer")];
/// Where actions begin.
const COLUMN: usize = 12;

/// The screen: it knows what stands on it.
#[derive(Default)]
pub(super) struct Screen {
    begun: bool,
    actions: Vec<String>,
}

impl Screen {
    /// The lines of a step: what is known; then, where that has changed, what is done and why.
    pub(super) fn lines(&mut self, step: &Step) -> String {
        let mut lines = Vec::new();
        if !self.begun {
            self.begun = true;
            let head: String = SHOWN.iter().map(|(_, name)| format!("{name:>8}")).collect();
            lines.push(format!("{:>9}{head}  {:<24} viewers", "time", "next 10 s"));
        }
        let value = |(field, _): &(Field, &str)| {
            let value = step.network.as_ref().and_then(|n| n.get(*field));
            format!("{:>8}", value.map_or("-".to_string(), |v| format!("{v:.1}")))
        };
        let network: String = SHOWN.iter().map(value).collect();
        let expected = step
            .prediction
            .as_ref()
            .map_or("-".to_string(), |p| format!("{} ({:.0} %)", p.label.name(), 100.0 * p.probability_high));
        lines.push(format!("{:>9.1}{network}  {expected:<24} {}", step.at_s, step.mood.label.name()));
        let actions: Vec<String> =
            step.actions.iter().map(|d| format!("{}: {}", d.action, d.reason)).collect();
        let mut notes = if actions == self.actions { Vec::new() } else { actions.clone() };
        self.actions = actions;
        if step.skipped > 0 {
            notes.push(format!("{} of {} messages not judged", step.skipped, step.messages));
        }
        if let Some(alarm) = &step.decline {
            notes.push(format!("The cell gets worse: {:.1}, usual {:.1}", alarm.now, alarm.usual));
        }
        lines.extend(notes.iter().map(|note| wrap_after("", &printable(note), COLUMN)));
        lines.join("\n") + "\n"
    }
}
