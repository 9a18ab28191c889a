//! A real session beside its simulation over the trace that shaped the link: where they part, and why.

use qoe::{Download, Outcome, Session};
use serde::Serialize;

use crate::text::pairs;

/// Reality and simulation, request by request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Twin {
    /// Segments that both have.
    segments: usize,
    /// How many of these are on the same rung.
    same_decisions: usize,
    same_share: f64,
    /// Median of |real - simulated| time of a download, over segments on the same rung.
    download_error_median_s: Option<f64>,
    /// Its 95th percentile.
    download_error_p95_s: Option<f64>,
    /// Real minus simulated startup delay.
    startup_error_s: f64,
    /// Real minus simulated stalled time.
    stall_error_s: f64,
    /// The first segment on another rung.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Parting>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Parting {
    segment: usize,
    real_level: usize,
    simulated_level: usize,
    real_buffer_s: f64,
    simulated_buffer_s: f64,
    real_throughput_mbps: Option<f64>,
    simulated_throughput_mbps: Option<f64>,
    why: String,
}

/// The requests that brought a segment, in their order.
fn done(session: &Session) -> Vec<&Download> {
    session.downloads.iter().filter(|d| d.outcome == Outcome::Done).collect()
}

fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((share * last as f64).ceil() as usize).copied()
}

impl Twin {
    pub(crate) fn of(real: &Session, simulated: &Session) -> Twin {
        let (a, b) = (done(real), done(simulated));
        let segments = a.len().min(b.len());
        let pairs: Vec<(&Download, &Download)> = a.iter().copied().zip(b.iter().copied()).collect();
        let same: Vec<_> = pairs.iter().filter(|(a, b)| a.level == b.level && a.index == b.index).collect();
        let time = |d: &Download| (d.finish_s - d.request_s).get();
        let mut errors: Vec<f64> = same.iter().map(|(a, b)| (time(a) - time(b)).abs()).collect();
        errors.sort_by(f64::total_cmp);
        let first = pairs.iter().position(|(a, b)| a.level != b.level || a.index != b.index);
        let mbps = |d: Option<&&Download>| d.and_then(|d| d.throughput()).map(|t| t.mbps());
        Twin {
            segments,
            same_decisions: same.len(),
            same_share: if segments == 0 { 1.0 } else { same.len() as f64 / segments as f64 },
            download_error_median_s: quantile(&errors, 0.5),
            download_error_p95_s: quantile(&errors, 0.95),
            startup_error_s: (real.startup_delay_s - simulated.startup_delay_s).get(),
            stall_error_s: (real.stall_time() - simulated.stall_time()).get(),
            parts: first.map(|i| {
                let (r, s) = pairs[i];
                let before = i.checked_sub(1);
                let rates = [mbps(before.and_then(|k| a.get(k))), mbps(before.and_then(|k| b.get(k)))];
                Parting {
                    segment: r.index,
                    real_level: r.level,
                    simulated_level: s.level,
                    real_buffer_s: r.buffer_before_s.get(),
                    simulated_buffer_s: s.buffer_before_s.get(),
                    real_throughput_mbps: rates[0],
                    simulated_throughput_mbps: rates[1],
                    why: why(r, s, rates),
                }
            }),
        }
    }

    pub(crate) fn to_text(&self) -> String {
        let seconds = |s: Option<f64>| s.map_or("none".to_string(), |s| format!("{:.0} ms", s * 1e3));
        let mut lines = vec![
            (String::new(), String::new()),
            (
                "twin".to_string(),
                format!(
                    "{} of {} decisions alike ({:.1} %)",
                    self.same_decisions,
                    self.segments,
                    self.same_share * 100.0
                ),
            ),
            (
                "download times".to_string(),
                format!(
                    "apart by {} in the median, {} in the 95th percentile",
                    seconds(self.download_error_median_s),
                    seconds(self.download_error_p95_s)
                ),
            ),
            ("startup".to_string(), format!("{:+.3} s against the simulation", self.startup_error_s)),
            ("stalls".to_string(), format!("{:+.3} s against the simulation", self.stall_error_s)),
        ];
        if let Some(p) = &self.parts {
            let parting = format!(
                "at segment {}: rung {} here, {} in the simulation: {}",
                p.segment,
                p.real_level + 1,
                p.simulated_level + 1,
                p.why
            );
            lines.push(("they part".to_string(), parting));
        }
        pairs(&lines)
    }
}

/// What differed most before the decision: the buffer, or the throughput of the segment before.
fn why(real: &Download, simulated: &Download, [a, b]: [Option<f64>; 2]) -> String {
    let buffer = (real.buffer_before_s - simulated.buffer_before_s).get();
    let level = format!(
        "the buffer was {:.3} s instead of {:.3} s",
        real.buffer_before_s.get(),
        simulated.buffer_before_s.get()
    );
    match (a, b) {
        (Some(a), Some(b))
            if b > 0.0
                && ((a - b) / b).abs() > (buffer / simulated.buffer_before_s.get().max(1e-3)).abs() =>
        {
            format!("the segment before came at {a:.3} Mbit/s instead of {b:.3}; {level}")
        }
        _ => level,
    }
}
