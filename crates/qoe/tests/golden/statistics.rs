//! `statistics.json`: values of independent packages. Recognised by what a case has to say.

use qoe::QoeError;
use qoe::stats::{
    Ecdf, Paired, Summary, benjamini_hochberg, bonferroni, holm, kendall_tau_b, pairs_needed, pareto_front,
    pearson, puffer, rmse, spearman, unpaired,
};
use serde_json::Value;
use units::Seconds;

use super::{Tally, cases, list, num};

/// Relative; a value that is 0 must be 0.
const REL: f64 = 1e-9;
/// Of what was drawn at random, there and here.
const MONTE_CARLO: f64 = 0.08;
/// Of numbers near 0 that are differences of numbers near 1.
const ROUNDING: f64 = 1e-15;

pub(crate) fn replay(file: &Value, tally: &mut Tally) {
    for case in cases(file, tally) {
        tally.case();
        let (id, input, want) = (case["id"].as_str().unwrap_or("?"), &case["input"], &case["expected"]);
        let Some(expected) = want.as_object() else {
            tally.failed(id, "no expected values");
            continue;
        };
        // Every expected value must be one that is known here.
        for (name, value) in expected {
            match one(name, input) {
                Ok(Got::Exact(got)) => compare(&format!("{id} {name}"), &got, value, ROUNDING, REL, tally),
                Ok(Got::Drawn(got)) => compare(&format!("{id} {name}"), &got, value, 0.0, MONTE_CARLO, tally),
                Ok(Got::NotAlways(Some(got))) if !value.is_null() => {
                    compare(&format!("{id} {name}"), &[got], value, ROUNDING, REL, tally);
                }
                Ok(Got::NotAlways(_)) => {
                    tally.check(value.is_null(), || format!("{id} {name}: expected {value}"))
                }
                Ok(Got::Unknown) => tally.check(false, || format!("{id} {name}: not known here")),
                Err(e) => tally.failed(&format!("{id} {name}"), e),
            }
        }
    }
}

fn compare(what: &str, got: &[f64], want: &Value, abs: f64, rel: f64, tally: &mut Tally) {
    match want {
        Value::Array(_) => tally.numbers(what, got, want, abs, rel),
        _ => {
            tally.check(got.len() == 1, || format!("{what}: {} values", got.len()));
            tally.number(what, got.first().copied().unwrap_or(f64::NAN), want, abs, rel);
        }
    }
}

enum Got {
    Exact(Vec<f64>),
    Drawn(Vec<f64>),
    /// Only some programs compute it for every size.
    NotAlways(Option<f64>),
    Unknown,
}

const REALISATIONS: usize = 10_000;

fn one(name: &str, input: &Value) -> Result<Got, QoeError> {
    let column = |key: &str| list(&input[key]);
    let paired = || Paired::of(&column("a"), &column("b"));
    let two = || unpaired(&column("a"), &column("b"));
    let xy = || (column("x"), column("y"));
    let streams = || -> Vec<puffer::Stream> {
        let pairs = column("watch_s").into_iter().zip(column("stall_s"));
        pairs.map(|(w, s)| puffer::Stream { watch: Seconds::new(w), stall: Seconds::new(s) }).collect()
    };
    let ssim = || {
        let pairs = column("watch_s").into_iter().zip(column("mean_ssim"));
        puffer::weighted_ssim(&pairs.map(|(w, x)| (Seconds::new(w), x)).collect::<Vec<_>>())
    };
    let binned = || {
        let pool: Vec<Seconds> = streams().iter().map(|s| s.watch).collect();
        puffer::stall_ratio_binned(&streams(), &pool, REALISATIONS, 1)
    };
    let value = |x: f64| Ok(Got::Exact(vec![x]));
    match name {
        "t" => value(paired()?.t),
        "t_p" => value(paired()?.t_p),
        "mean_diff" => value(paired()?.mean),
        "ci95" => paired().map(|p| Got::Exact(vec![p.ci95.low, p.ci95.high])),
        "cohen_dz" => value(paired()?.dz),
        "wilcoxon_W" => Ok(Got::NotAlways(paired()?.wilcoxon.map(|w| w.w))),
        "wilcoxon_p_normal_approx" => Ok(Got::NotAlways(paired()?.wilcoxon.map(|w| w.p_normal))),
        "wilcoxon_p_exact" => Ok(Got::NotAlways(paired()?.wilcoxon.and_then(|w| w.p_exact))),
        "sign_test_p" => value(paired()?.sign_p),
        "win_rate" => value(paired()?.win_rate),
        "plcc" => value(pearson(&xy().0, &xy().1)?),
        "srocc" => value(spearman(&xy().0, &xy().1)?),
        "kendall_tau_b" => value(kendall_tau_b(&xy().0, &xy().1)?),
        "rmse" => value(rmse(&xy().0, &xy().1)?),
        "mannwhitney_U" => value(two()?.mann_whitney_u),
        "mannwhitney_p" => value(two()?.mann_whitney_p),
        "ks_D" => value(two()?.ks_d),
        "welch_t" => value(two()?.welch_t),
        "welch_p" => value(two()?.welch_p),
        "cliffs_delta" => value(two()?.cliffs_delta),
        "quantile_type7" => {
            let e = Ecdf::of(&column("x"))?;
            Ok(Got::Exact(column("q").into_iter().map(|q| e.quantile(q)).collect()))
        }
        "ecdf_le" => {
            let e = Ecdf::of(&column("x"))?;
            Ok(Got::Exact(column("at").into_iter().map(|x| e.at(x)).collect()))
        }
        "mean" => value(Summary::of(&column("x"))?.mean),
        "sd" => Ok(Got::NotAlways(Summary::of(&column("x"))?.deviation)),
        "sem" => Ok(Got::NotAlways(Summary::of(&column("x"))?.standard_error)),
        "t_ci95" => {
            let ends = Summary::of(&column("x"))?.mean_ci95.map(|i| vec![i.low, i.high]);
            Ok(Got::Exact(ends.unwrap_or_default()))
        }
        "holm" => Ok(Got::Exact(holm(&column("p")))),
        "benjamini_hochberg" => Ok(Got::Exact(benjamini_hochberg(&column("p")))),
        "bonferroni" => Ok(Got::Exact(bonferroni(&column("p")))),
        "front" => {
            let points: Vec<(f64, f64)> =
                column("stall_percent").into_iter().zip(column("ssim_db")).collect();
            Ok(Got::Exact(pareto_front(&points).into_iter().map(|i| i as f64).collect()))
        }
        "n_pairs_normal" => {
            value(pairs_needed(num(&input["dz"]), num(&input["alpha"]), num(&input["power"])))
        }
        "stall_ratio" => value(puffer::stall_ratio(&streams())?),
        "ssim_mean" => value(ssim()?.mean),
        "ssim_sd" => value(ssim()?.deviation),
        "ssim_sem" => value(ssim()?.standard_error),
        "ssim_db_ci" => ssim().map(|s| Got::Exact(vec![s.low_db, s.mean_db, s.high_db])),
        "bootstrap_stream_ci95" => {
            let r = puffer::stall_ratio_by_stream(&streams(), REALISATIONS, 1)?;
            Ok(Got::Drawn(vec![r.interval.low, r.interval.high]))
        }
        "bootstrap_puffer_binned_ci95" => {
            Ok(Got::Drawn(vec![binned()?.interval.low, binned()?.interval.high]))
        }
        "bootstrap_puffer_binned_mean" => Ok(Got::Drawn(vec![binned()?.mean])),
        _ => Ok(Got::Unknown),
    }
}
