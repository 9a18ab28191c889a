//! `simple_models.json`: additive and stall models, KPIs.

use qoe::models::{fugu::PufferStream, mok::Mok};
use qoe::{Accumulator, Meta, QoeError, Score, Segment, Viewing};
use serde_json::Value;
use units::{BitRate, Seconds};

use super::{Tally, cases, list, num};

const ABS: f64 = 1e-9;
const REL: f64 = 1e-9;

fn viewing(input: &Value) -> Viewing {
    let kbps = |v: &Value| BitRate::from_kbps(num(v));
    let meta = Meta { ladder: vec![kbps(&input["min_kbps"]), kbps(&input["max_kbps"])], ..Meta::default() };
    let mut v = Viewing::new(meta).startup(Seconds::new(num(&input["startup_s"])));
    let duration = Seconds::new(num(&input["seg_s"]));
    let column = |name: &str| list(&input[name]);
    let (rates, stalls, skips) = (column("kbps"), column("stall_s"), column("skip_s"));
    let (ssim, vmaf, latency, speed) = (column("ssim"), column("vmaf"), column("latency_s"), column("speed"));
    for i in 0..rates.len() {
        let segment = Segment {
            ssim: ssim.get(i).copied(),
            vmaf: vmaf.get(i).copied(),
            latency: latency.get(i).copied().map(Seconds::new),
            speed: speed[i],
            skipped: Seconds::new(skips.get(i).copied().unwrap_or(0.0)),
            ..Segment::new(duration, BitRate::from_kbps(rates[i]))
        };
        v.push(segment, Seconds::new(stalls[i]));
    }
    v
}

fn score(spec: &str, v: &Viewing) -> Result<Score, QoeError> {
    qoe::model(spec)?.score(v)
}

pub(crate) fn replay(file: &Value, tally: &mut Tally) {
    for case in cases(file, tally) {
        tally.case();
        let (id, v) = (case["id"].as_str().unwrap_or("?"), viewing(&case["input"]));
        let Some(expected) = case["expected"].as_object() else {
            tally.failed(id, "no expected values");
            continue;
        };
        for (key, want) in expected {
            let what = format!("{id} {key}");
            // The tables of KSQI are not in the file, nor anywhere else here.
            if key == "ksqi_tables_not_included" {
                continue;
            }
            if let Err(e) = one(key, want, &v, &what, tally) {
                tally.failed(&what, e);
            }
        }
    }
}

fn one(key: &str, want: &Value, v: &Viewing, what: &str, tally: &mut Tally) -> Result<(), QoeError> {
    let per_segment = |spec: &str| {
        if spec.contains(':') { format!("{spec},total=mean") } else { format!("{spec}:total=mean") }
    };
    let spec = match key {
        "yin_balanced" => "yin",
        "yin_avoid_instability" => "yin:preset=avoid-instability",
        "yin_avoid_rebuffering" => "yin:preset=avoid-rebuffering",
        "pensieve_lin" => "pensieve-lin",
        "pensieve_log" => "pensieve-log",
        "pensieve_hd" => "pensieve-hd",
        "pensieve_lin_nostartup" => "pensieve-lin:startup=apart",
        "pensieve_log_nostartup" => "pensieve-log:startup=apart",
        "pensieve_hd_nostartup" => "pensieve-hd:startup=apart",
        "fugu_ssim" => "fugu",
        "fugu_ssim_code_mu20" => "fugu:mu=20",
        _ => "",
    };
    if !spec.is_empty() {
        let sum = score(spec, v)?;
        let mean = score(&per_segment(spec), v)?;
        let mut check =
            |name: &str, got: f64| tally.number(&format!("{what}.{name}"), got, &want[name], ABS, REL);
        check("total", sum.value);
        check("per_segment", mean.value);
        check("quality", sum.parts.quality);
        check("smooth_penalty", -sum.parts.switching);
        check("stall_penalty", -sum.parts.stall);
        check("startup_penalty", -sum.parts.startup);
        return Ok(());
    }
    let mut check =
        |name: &str, got: f64| tally.number(&format!("{what}.{name}"), got, &want[name], ABS, REL);
    match key {
        "pensieve_lin_scripts" | "pensieve_log_scripts" | "pensieve_hd_scripts" => {
            let name = key.trim_end_matches("_scripts").replace('_', "-");
            check("total_all", score(&format!("{name}:before=750"), v)?.value);
            check("total_skip_first", score(&format!("{name}:before=750,first=drop"), v)?.value);
            check("mean_skip_first", score(&format!("{name}:before=750,first=drop,total=mean"), v)?.value);
            let model = qoe::additive(&format!("{name}:before=750"))?;
            let mut rewards = Vec::new();
            let mut sum = Accumulator::new(&*model, &v.meta, v.startup_delay())?;
            let mut before = 0.0;
            for (segment, stall) in v.charged().take(5) {
                sum.push(segment, stall)?;
                let now = sum.score()?.value;
                rewards.push(now - before);
                before = now;
            }
            tally.numbers(&format!("{what}.rewards"), &rewards, &want["rewards"], ABS, REL);
        }
        "puffer_stream" => {
            let p = PufferStream::of(v)?;
            check("mean_ssim", p.mean_ssim.unwrap_or(-1.0));
            check("mean_ssim_db", p.mean_ssim_db.unwrap_or(-1.0));
            check("ssim_variation_db", p.ssim_variation_db.unwrap_or(-1.0));
            check("stall_s", p.stall.get());
            check("watch_s", p.watch.get());
            check("stall_ratio", p.stall_ratio);
        }
        "bola" => {
            let n = v.segments.len() as f64;
            let utility = score("bola:form=utility", v)?.value;
            check("utility_sum", utility * n);
            check("mean_utility", utility);
            // Recorded per segment played; what Sabre itself prints is tested beside its own block.
            check("sabre_score", score("bola:form=mean", v)?.value);
            let average = score("bola:form=time-average", v)?.value;
            let objective = score("bola:form=objective", v)?.value;
            check("time_avg_utility", average);
            check("objective", objective);
            check("smoothness", (objective - average) / 5.0);
        }
        "nqoe_paper_mu0.02" | "nqoe_paper_mu1" | "nqoe_lolplus" => {
            let s = score(
                match key {
                    "nqoe_paper_mu0.02" => "nqoe",
                    "nqoe_paper_mu1" => "nqoe:mu=1",
                    _ => "lolplus",
                },
                v,
            )?;
            check("total", s.value);
            check("bitrate", s.parts.quality);
            check("switch", -s.parts.switching);
            check("stall", -s.parts.stall);
            check("latency", -s.parts.latency);
            check("speed", -s.parts.speed);
        }
        "mm2019_live" => check("total", score("mm19-live", v)?.value),
        "comyco_vmaf" => {
            check("total", score("comyco", v)?.value);
            check("mean", score("comyco:total=mean", v)?.value);
        }
        "c3" => {
            let s = score("c3", v)?;
            check("score", s.value);
            check("rebuf_percent", -s.parts.stall / 3.7);
        }
        "ftw" => {
            let n = v.rebuffers().count() as f64;
            check("mos", score("ftw", v)?.value);
            check("N", n);
            check("L", if n > 0.0 { v.stall_time().get() / n } else { 0.0 });
        }
        "mok" => {
            check("mos_levels123", score("mok", v)?.value);
            check("mos_level0", score("mok:levels=zero", v)?.value);
            let levels = Mok { level_zero: true }.levels(v).map(f64::from);
            tally.numbers(&format!("{what}.levels0"), &levels, &want["levels0"], 0.0, 0.0);
        }
        "kpi" => {
            let k = qoe::kpi::Kpi::of(v)?;
            check("startup_s", k.startup_s.get());
            check("stall_count", k.stall_count as f64);
            check("stall_s", k.stall_s.get());
            check("rebuffering_ratio", k.rebuffering_ratio);
            check("stalled_time_percent_cta2066", k.stalled_time_percent);
            check("mean_kbps", k.mean_kbps.kbps());
            check("switches", k.switches as f64);
            check("switches_per_min", k.switches_per_min);
            check("mean_abs_switch_kbps", k.mean_abs_switch_kbps.kbps());
            check("stalls_per_hour", k.stalls_per_hour);
            check("time_on_top_percent", k.time_on_top_percent.unwrap_or(f64::NAN));
        }
        _ => tally.check(false, || format!("{what}: no model of that name is known here")),
    }
    Ok(())
}
