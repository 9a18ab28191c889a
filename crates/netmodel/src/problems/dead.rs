//! `dead`: links that carry nothing.

use super::problem::{Kind, Problem, Subject};

pub(super) static KIND: Kind = Kind {
    name: "dead",
    about: "the link carries nothing, or next to nothing",
    advice: "leave it out, or say that it is in: no rule can play anything on it",
};

/// The worst log of the HSDPA set, with a pause of 995 s, is out for 85 % of its time and still of use.
const DEAD_SHARE: f64 = 0.95;

pub(super) fn of_trace(subject: &Subject<'_>) -> Option<Problem> {
    let rates = subject.measured.rates();
    (rates.outage_share >= DEAD_SHARE).then(|| {
        let evidence = match rates.max_mbps > 0.0 {
            true => format!("below 100 kbit/s for {:.1} % of the time", 100.0 * rates.outage_share),
            false => "every rate is zero".to_string(),
        };
        let numbers = vec![("outage_percent", 100.0 * rates.outage_share), ("highest_mbps", rates.max_mbps)];
        Problem { kind: &KIND, evidence, numbers }
    })
}
