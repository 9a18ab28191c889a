//! From quality per second and stalls to one MOS: O23, O34, O35, O46 (P.1203.3).

use serde::Serialize;

use super::{MODEL, Options, Regression};
use crate::QoeError;

/// A stall as P.1203.3 takes it: media time and length in seconds. At 0 it is the initial loading.
pub type Stalling = (f64, f64);

/// Everything on the way to O46, for those who check it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Steps {
    /// T: the seconds that are scored.
    pub duration: usize,
    /// The stalls that count: within T and longer than 0.
    pub stalls_used: Vec<Stalling>,
    /// Stalled seconds, weighted by how long ago they were at the end.
    #[serde(rename = "totalBuffLen_weighted")]
    pub total_buff_len_weighted: f64,
    #[serde(rename = "numStalls")]
    pub num_stalls: usize,
    /// Mean distance between them.
    #[serde(rename = "avgBuffInterval")]
    pub avg_buff_interval: f64,
    /// Best minus worst O22.
    #[serde(rename = "vidQualSpread")]
    pub vid_qual_spread: f64,
    /// Changes of O22 by more than 0.2, per second.
    #[serde(rename = "vidQualChangeRate")]
    pub vid_qual_change_rate: f64,
    /// Longest time without a change of direction.
    #[serde(rename = "qDirChangesLongest")]
    pub q_dir_changes_longest: usize,
    /// Changes of direction.
    #[serde(rename = "qDirChangesTot")]
    pub q_dir_changes_tot: usize,
    /// O35 before its penalties.
    #[serde(rename = "O35_baseline")]
    pub o35_baseline: f64,
    /// The penalty for oscillation.
    #[serde(rename = "oscComp_before_app2")]
    pub osc_comp: f64,
    #[serde(rename = "stallingImpact")]
    pub stalling_impact: f64,
    pub mos_before_rf: f64,
    /// What the regression trees look at.
    pub rf_features: [f64; 14],
    /// What they say; `None` without them.
    pub rf_score: Option<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Integrated {
    pub(crate) o23: f64,
    pub(crate) o34: Vec<f64>,
    pub(crate) o35: f64,
    pub(crate) o46: f64,
    pub(crate) steps: Steps,
}

/// Falls from 1 towards `floor`, half of the way in `half` seconds.
fn decay(x: f64, floor: f64, half: f64) -> f64 {
    floor + (1.0 - floor) * libm::exp(-x * std::f64::consts::LN_2 / half)
}

/// The linear percentile of ascending values.
fn percentile(sorted: &[f64], p: f64) -> f64 {
    let k = (sorted.len() - 1) as f64 * p / 100.0;
    let low = k as usize;
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + (sorted[high] - sorted[low]) * (k - low as f64)
}

fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut v: Vec<f64> = values.into_iter().collect();
    v.sort_by(f64::total_cmp);
    v
}

/// The means of a step function, one value per second, over `parts` equal stretches of its time. Empty for no values.
pub fn equal_time_means(values: &[f64], parts: usize) -> Vec<f64> {
    if values.is_empty() {
        return Vec::new();
    }
    let mut sums = Vec::with_capacity(values.len() + 1);
    sums.push(0.0);
    for (i, v) in values.iter().enumerate() {
        sums.push(sums[i] + v);
    }
    let integral = |t: f64| {
        let k = (t as usize).min(values.len() - 1);
        sums[k] + (t - k as f64) * values[k]
    };
    let edge = |k: usize| (values.len() * k) as f64 / parts as f64;
    (0..parts).map(|k| (integral(edge(k + 1)) - integral(edge(k))) / (edge(k + 1) - edge(k))).collect()
}

/// The first five features of the trees but for the initial loading: number of stalls, stalled seconds, both per second,
/// seconds since the last one.
pub fn stall_features(stalls: &[Stalling], duration: f64) -> [f64; 5] {
    let later = || stalls.iter().filter(|(p, _)| *p != 0.0);
    let (count, length) = (later().count() as f64, later().map(|(_, l)| l).sum::<f64>());
    let since = later().next_back().map_or(duration, |(p, _)| duration - p);
    [count, length, count / duration, length / duration, since]
}

/// How often the direction of quality changes, and the longest time that it does not.
fn directions(o22: &[f64]) -> (usize, usize) {
    let n = o22.len();
    // The mean of five seconds ending at i - 4 .. i, ends held, every third.
    let at = |i: usize| o22[i.saturating_sub(4).min(n - 1)];
    let smooth = |i: usize| (0..5).map(|k| 0.2 * at(i + k)).sum::<f64>();
    let (mut turns, mut longest, mut mark, mut before) = (0, 0, 0, 0i8);
    let (mut previous, mut steps) = (smooth(0), 0);
    for i in (3..n + 4).step_by(3) {
        let now = smooth(i);
        let difference = now - previous;
        let direction = if difference > 0.2 {
            1
        } else if difference > -0.2 && difference < 0.2 {
            0
        } else {
            -1
        };
        if direction != 0 && direction != before {
            turns += 1;
            longest = longest.max(steps - mark);
            (mark, before) = (steps, direction);
        }
        previous = now;
        steps += 1;
    }
    (turns, 3 * longest.max(steps - mark))
}

/// Puts quality per second and stalls together. Without audio `o21` is empty and counts as 5.0.
pub(crate) fn integrate(
    o21: &[f64],
    o22: &[f64],
    stalling: &[Stalling],
    options: &Options,
    regression: &Regression,
) -> Result<Integrated, QoeError> {
    let unsupported =
        |input, found: String, expected| QoeError::Unsupported { model: MODEL, input, found, expected };
    if o22.is_empty() {
        let found = "less than one second".to_string();
        return Err(unsupported("media", found, "at least one second of video"));
    }
    if !o21.iter().chain(o22).all(|x| x.is_finite()) {
        return Err(unsupported("O21 and O22", "a value that is not finite".to_string(), "MOS, 1 to 5"));
    }
    if let Some(s) =
        stalling.iter().find(|(p, l)| !(p.is_finite() && l.is_finite() && *p >= 0.0 && *l >= 0.0))
    {
        return Err(unsupported("stall", format!("{s:?}"), "position and length in s, at least 0"));
    }
    let silent;
    let o21 = if o21.is_empty() {
        silent = vec![5.0; o22.len()];
        &silent
    } else {
        o21
    };
    let duration = o21.len().min(o22.len());
    let t = duration as f64;

    let stalls: Vec<Stalling> = stalling.iter().copied().filter(|(p, l)| *p <= t && *l != 0.0).collect();
    let n = stalls.len();
    let length: f64 = stalls.iter().map(|(p, l)| l * decay(t - p, 0.48412879, 10.0)).sum();
    let interval = if n > 1 { (stalls[n - 1].0 - stalls[0].0) / (n - 1) as f64 } else { 0.0 };

    let by_quality = sorted(o22.iter().copied());
    let spread = by_quality[by_quality.len() - 1] - by_quality[0];
    let rate = o22[..duration].windows(2).filter(|w| (w[1] - w[0]).abs() > 0.2).count() as f64 / t;
    let (turns, longest) = directions(o22);

    let o34: Vec<f64> = o21
        .iter()
        .zip(o22)
        .map(|(a, v)| {
            let x = (-0.00069084 + 0.15374283 * a + 0.97153861 * v + 0.02461776 * a * v).clamp(1.0, 5.0);
            if options.amendment_1_audiovisual { (1.0 - (2.0 - a).max(0.0)) * (x - 1.0) + 1.0 } else { x }
        })
        .collect();
    let (mut weights, mut weighted) = (0.0, 0.0);
    for (i, x) in o34.iter().enumerate() {
        let late =
            0.00666620027943848 + 0.0000404018840273729 * libm::exp((i as f64 / t) / 0.156497800436237);
        let w = late * (0.143179744942738 - 0.0238641564518876 * x);
        weights += w;
        weighted += w * x;
    }
    let base = weighted / weights;
    let (mut oscillation, mut adaptation) = (0.0, 0.0);
    if (longest as f64) / t < 0.25 {
        adaptation = (0.17332553 * spread * rate - 0.01035647).clamp(0.0, 0.5);
        if longest < 30 {
            let size = (1.0 + libm::log10(spread + 0.001)).max(0.0);
            oscillation = (size * libm::exp(0.67756080 * turns as f64 - 8.05533303)).clamp(0.0, 1.5);
        }
    }
    let recent = |i: usize| decay(t - i as f64 - 1.0, 1.87403625, 7.85416481);
    let worst = percentile(&sorted(o34.iter().enumerate().map(|(i, x)| (x - base) * recent(i))), 10.0);
    let o35 = if options.amendment_1_app_2 {
        base
    } else {
        base - 0.01853820 * (-worst).max(0.0) - oscillation - adaptation
    };
    let impact = libm::exp(-(n as f64) / 9.35158684)
        * libm::exp(-length / t / 0.91890815)
        * libm::exp(-interval / t / 11.0567558);
    let mos = 1.0 + (o35 - 1.0) * impact;

    let features = features(o21, o22, &stalls, t);
    let score = regression.score(&features);
    let formula = mos.clamp(1.0, 5.0);
    let mut x = score.map_or(formula, |s| 0.75 * formula + 0.25 * s);
    if options.amendment_1_stalling {
        x = 1.0 + (x - 1.0) * (-0.066667 * length + 2.0).clamp(0.0, 1.0);
    }
    let steps = Steps {
        duration,
        stalls_used: stalls,
        total_buff_len_weighted: length,
        num_stalls: n,
        avg_buff_interval: interval,
        vid_qual_spread: spread,
        vid_qual_change_rate: rate,
        q_dir_changes_longest: longest,
        q_dir_changes_tot: turns,
        o35_baseline: base,
        osc_comp: oscillation,
        stalling_impact: impact,
        mos_before_rf: mos,
        rf_features: features,
        rf_score: score,
    };
    Ok(Integrated { o23: 1.0 + 4.0 * impact, o34, o35, o46: 0.02833052 + 0.98117059 * x, steps })
}

/// The 14 features of the regression trees. Quality is rounded to three decimals first, and not cut to T.
fn features(o21: &[f64], o22: &[f64], stalls: &[Stalling], t: f64) -> [f64; 14] {
    let round = |x: &f64| (1000.0 * x).round_ties_even() / 1000.0;
    let video: Vec<f64> = o22.iter().map(round).collect();
    let audio: Vec<f64> = o21.iter().map(round).collect();
    let initial = stalls.first().filter(|(p, _)| *p == 0.0).map_or(0.0, |(_, l)| *l);
    let [count, length, per_second, share, since] = stall_features(stalls, t);
    let thirds = equal_time_means(&video, 3);
    let halves = equal_time_means(&audio, 2);
    let by_quality = sorted(video);
    [
        count,
        length + initial / 3.0,
        per_second,
        share + initial / t / 3.0,
        since,
        thirds[0],
        thirds[1],
        thirds[2],
        percentile(&by_quality, 1.0),
        percentile(&by_quality, 5.0),
        percentile(&by_quality, 10.0),
        halves[0],
        halves[1],
        t,
    ]
}
