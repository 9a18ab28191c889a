//! What a link carries over time, for charts.

use units::{BitRate, Seconds};

use crate::{End, LinkOptions, Trace};

/// So many steps are more than any chart shows.
const MOST: usize = 1_000_000;

/// What a link with these options carries from the beginning of a session to its end: each rate from its time on.
pub fn capacity(trace: &Trace, options: &LinkOptions, end: Seconds) -> Vec<(Seconds, BitRate)> {
    let periods = trace.periods();
    let factor = options.rate_multiplier * options.payload;
    let duration = trace.duration();
    let start = match options.end {
        End::Loop => options.start - duration * (options.start / duration).floor(),
        _ => options.start.min(duration),
    };
    let first = trace.period_at(start);
    let mut steps = vec![(Seconds::ZERO, trace.period(first).rate * factor)];
    let mut now = trace.start_of(first + 1) - start;
    let mut next = first + 1;
    while now < end && steps.len() < MOST {
        let mut length = Seconds::ZERO;
        if next == periods.len() {
            match options.end {
                End::Loop => (next, length) = (0, trace.wrap_extra()),
                End::HoldLast => break,
                End::Stop => {
                    steps.push((now, BitRate::ZERO));
                    break;
                }
            }
        }
        steps.push((now, trace.period(next).rate * factor));
        now += length + trace.period(next).duration;
        next += 1;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_the_link() {
        let trace = Trace::steps("t", &[(2.0, 1.0), (3.0, 4.0)], Seconds::ZERO).expect("valid");
        let numbers = |options: LinkOptions, end: f64| -> Vec<(f64, f64)> {
            capacity(&trace, &options, Seconds::new(end)).iter().map(|(t, r)| (t.get(), r.mbps())).collect()
        };
        let from = LinkOptions { start: Seconds::new(6.0), rate_multiplier: 2.0, ..LinkOptions::default() };
        assert_eq!(numbers(from, 5.5), [(0.0, 2.0), (1.0, 8.0), (4.0, 2.0)]);
        let stop = LinkOptions { end: End::Stop, ..LinkOptions::default() };
        assert_eq!(numbers(stop, 100.0), [(0.0, 1.0), (2.0, 4.0), (5.0, 0.0)]);
        let hold = LinkOptions { end: End::HoldLast, ..LinkOptions::default() };
        assert_eq!(numbers(hold, 100.0), [(0.0, 1.0), (2.0, 4.0)]);
    }
}
