//! `unit`: rates in another unit than their format says.

use super::problem::{Kind, Problem, Subject};

pub(super) static KIND: Kind = Kind {
    name: "unit",
    about: "the rates seem to be in another unit than the format says",
    advice: "find out where the file comes from, and read it with its true unit",
};

/// The fastest access link in any public set reaches 3 Gbit/s (mid-band 5G with carrier aggregation).
const FASTEST_BPS: f64 = 1e10;
/// GPRS, the slowest link that anyone ever streamed on, has 20 kbit/s and more.
const SLOWEST_BPS: f64 = 1e4;

/// Whole Mbit/s are what coarse logs have (Lumos5G, medians up to 811); above this median whole numbers are those of kbit/s,
/// in which 3G and 4G have the same range.
const FAST_WHOLE_BPS: f64 = 1e9;
/// Fewer rates may all be whole by chance.
const WHOLE: usize = 8;

pub(super) fn of_trace(subject: &Subject<'_>) -> Option<Problem> {
    too_fast_or_slow(subject).or_else(|| binary_multiples(subject)).or_else(|| puffer_bytes(subject))
}

fn too_fast_or_slow(subject: &Subject<'_>) -> Option<Problem> {
    let [median, p95, highest] = subject.measured.quantiles(&[50, 95, 100])[..] else { return None };
    let problem = |evidence| {
        let numbers = vec![("p95_mbps", p95), ("highest_mbps", highest)];
        Some(Problem { kind: &KIND, evidence, numbers })
    };
    if p95 * 1e6 > FASTEST_BPS {
        let rest = "no access link is that fast: are these kbit/s or bit/s?";
        return problem(format!("5 % of the time is above {p95:.0} Mbit/s, {rest}"));
    }
    let segments = subject.segments();
    let whole = || segments.iter().all(|s| is_whole(s.bps / 1e6));
    if segments.len() >= WHOLE && median * 1e6 > FAST_WHOLE_BPS && whole() {
        let rest = "a factor of 1000: are these kbit/s?";
        return problem(format!(
            "all {} rates are whole Mbit/s, the median {median:.0}, {rest}",
            segments.len()
        ));
    }
    if highest > 0.0 && highest * 1e6 < SLOWEST_BPS {
        let rest = "no access link is that slow: are these Gbit/s or Mbit/s?";
        return problem(format!("the highest rate is {:.3} kbit/s, {rest}", highest * 1e3));
    }
    None
}

/// But for what rounding leaves: a decimal of a file has passed through two multiplications.
fn is_whole(x: f64) -> bool {
    (x - x.round()).abs() <= 1e-12 * x.abs().max(1e6)
}

/// Rates that are whole multiples of 1024 bit/s, and not of 1000: someone's kilo is 1024. One in 128 whole kbit/s is both.
fn binary_multiples(subject: &Subject<'_>) -> Option<Problem> {
    let mut rates: Vec<f64> = subject.segments().iter().map(|s| s.bps).filter(|r| *r > 0.0).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    let whole = |unit: f64| rates.iter().filter(|r| is_whole(**r / unit)).count();
    let (binary, decimal) = (whole(1024.0), whole(1000.0));
    (rates.len() >= 3 && binary == rates.len() && 2 * decimal < rates.len()).then(|| {
        let n = rates.len();
        let evidence =
            format!("all {n} rates are whole multiples of 1024 bit/s, {decimal} of 1000: a kilo of 1024?");
        let numbers = vec![("rates", n as f64), ("multiples_of_1000_bps", decimal as f64)];
        Problem { kind: &KIND, evidence, numbers }
    })
}

/// Puffer logs whole bytes per second. In a file of Mbit/s each rate is then a multiple of 8 bit/s; in MERINA's, which are
/// MByte/s under the name of Mbit/s, one in eight is by chance.
fn puffer_bytes(subject: &Subject<'_>) -> Option<Problem> {
    let session = subject.name.strip_prefix("trace")?;
    let (id, index) = session.split_once("=_")?;
    let base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_');
    if id.len() != 43 || !id.bytes().all(base64) || index.parse::<u32>().is_err() {
        return None;
    }
    let rates = || subject.segments().iter().map(|s| s.bps);
    let n = subject.segments().len();
    let bytes = rates().filter(|r| is_whole(r / 8.0)).count();
    (rates().all(is_whole) && 2 * bytes < n).then(|| {
        let share = 100.0 * bytes as f64 / n as f64;
        let evidence = format!(
            "by its name a Puffer session, whose rates are whole byte/s; as Mbit/s only {share:.0} % of them are: MByte/s?"
        );
        let numbers = vec![("samples", n as f64), ("whole_bytes_percent", share)];
        Problem { kind: &KIND, evidence, numbers }
    })
}
