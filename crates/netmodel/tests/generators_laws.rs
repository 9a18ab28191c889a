//! The generators obey the laws of their processes: stationary means and variances, autocorrelations, dwell times, ranges.
//!
//! Bounds are four to five standard errors of what is counted, unless a comment says otherwise.

use netmodel::{Period, Trace, generators, stats};

fn make(spec: &str, seed: u64) -> Trace {
    generators::generate(spec, seed).expect(spec)
}

fn periods(trace: &Trace) -> Vec<Period> {
    trace.periods().iter().collect()
}

fn rates(trace: &Trace) -> Vec<f64> {
    trace.periods().iter().map(|p| p.rate.mbps()).collect()
}

fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

fn sd(x: &[f64]) -> f64 {
    let m = mean(x);
    (x.iter().map(|v| (v - m).powi(2)).sum::<f64>() / x.len() as f64).sqrt()
}

#[track_caller]
#[allow(clippy::print_stdout, reason = "a test that shows its figures")]
fn near(what: &str, got: f64, want: f64, bound: f64) {
    println!("{what}: {got:.5}, law {want:.5}, bound {bound:.5}");
    assert!((got - want).abs() <= bound, "{what}: {got} instead of {want}, bound {bound}");
}

/// How many steps in a row have the same rate, stretch by stretch; without the first and the last.
fn runs(trace: &Trace) -> Vec<f64> {
    let rates = rates(trace);
    let runs: Vec<f64> = rates.chunk_by(|a, b| a == b).map(|run| run.len() as f64).collect();
    runs[1..runs.len() - 1].to_vec()
}

#[test]
fn ornstein_uhlenbeck() {
    for (step, tau) in [(1.0_f64, 10.0), (0.5, 2.0), (5.0, 20.0)] {
        let spec = format!("ou,rate=8,cv=0.5,tau={tau},step={step},duration={}", step * 3e5);
        // Effective sample size: n (1 - k) / (1 + k) with the k of a step.
        let k = (-step / tau).exp();
        let error = ((1.0 + k) / (1.0 - k) / 3e5).sqrt();
        let log: Vec<f64> = rates(&make(&spec, 1)).iter().map(|r| r.ln()).collect();
        let sigma = 1.25_f64.ln().sqrt();
        near("log mean", mean(&log), 8.0_f64.ln() - sigma * sigma / 2.0, 5.0 * sigma * error);
        near("log sd", sd(&log), sigma, 5.0 * sigma * error);
        for lag in [1, 3, 8] {
            near("acf", stats::acf(&log, lag).expect("values"), k.powi(lag as i32), 5.0 * error);
        }
        // The lognormal rate: mean and variation as asked for, autocorrelation (exp(s^2 r) - 1) / (exp(s^2) - 1).
        let rate = rates(&make(&spec, 2));
        near("mean", mean(&rate), 8.0, 5.0 * 4.0 * error);
        near("cv", sd(&rate) / mean(&rate), 0.5, 6.0 * error);
        let want = (0.25_f64.ln_1p() * k).exp_m1() / 0.25;
        near("acf of the rate", stats::acf(&rate, 1).expect("values"), want, 6.0 * error);
    }
    let rate = rates(&make("ou,rate=10,cv=0.2,log=false,tau=1,duration=300000", 3));
    near("normal mean", mean(&rate), 10.0, 0.03);
    near("normal sd", sd(&rate), 2.0, 0.02);
    assert!(rates(&make("ou,rate=1,cv=2,log=false,duration=2000", 3)).contains(&0.0));
}

#[test]
fn semi_markov_dwell_times() {
    // Cut at no end but the first and the last: their times are known.
    let (dwell, spread) = (10.0, 0.8);
    let trace = make(&format!("semi-markov,rates=1/3/8,dwell={dwell},spread={spread},duration=1000000"), 1);
    let inner = &periods(&trace)[1..trace.periods().len() - 1];
    let log: Vec<f64> = inner.iter().map(|p| p.duration.get().ln()).collect();
    let error = spread / (log.len() as f64).sqrt();
    near("mean of ln(dwell)", mean(&log), f64::ln(dwell) - spread * spread / 2.0, 5.0 * error);
    near("sd of ln(dwell)", sd(&log), spread, 5.0 * error);
    assert!(periods(&trace).windows(2).all(|w| w[0].rate != w[1].rate));

    // Shares of the time: dwell times 5, 10, 20 with the jump chain's 1 : 2 : 1 among neighbours, 1 : 1 : 1 among any.
    let share = |jump: &str, mbps: f64, seed| {
        let t = make(&format!("semi-markov,rates=1/3/8,dwell=5/10/20,jump={jump},duration=500000"), seed);
        let at = |p: &Period| p.rate.mbps() == mbps;
        t.periods().iter().filter(at).map(|p| p.duration.get()).sum::<f64>() / t.duration().get()
    };
    for (mbps, any, neighbour) in [(1.0, 5.0 / 35.0, 5.0 / 45.0), (3.0, 10.0 / 35.0, 20.0 / 45.0)] {
        near("share, any", share("any", mbps, 2), any, 0.01);
        near("share, neighbour", share("neighbour", mbps, 3), neighbour, 0.01);
    }
    // Stationary from the start: of 4000 traces, so many begin in the state of the longest dwell time.
    let first = |seed| make("semi-markov,rates=1/3/8,dwell=5/10/20,duration=1", seed).period(0).rate.mbps();
    let began = (0..4000).filter(|s| first(*s) == 8.0).count() as f64 / 4000.0;
    near("share of first states", began, 20.0 / 35.0, 4.0 * 0.0078);
}

#[test]
fn pensieve_stays_and_draws_its_noise() {
    // Without noise the rate is the state: one of ten, left with the probability 1/t_l.
    let trace = make("pensieve,t_l=20,cov=0,duration=400000", 1);
    let states: Vec<f64> = (0..10).map(|k| 0.2 + k as f64 * 4.1 / 9.0).collect();
    assert!(rates(&trace).iter().all(|r| states.iter().any(|s| (s - r).abs() < 0.001)));
    let left = 1.0 / mean(&runs(&trace));
    near("probability of leaving", left, 1.0 / 20.0, 5.0 * (0.05_f64 * 0.95 / 4e5).sqrt());
    // As published, a jump may stay: from a state with m distances, one in m does.
    let published = make("pensieve,t_l=20,cov=0,jump_from_zero=true,equal_weights=true,duration=400000", 1);
    assert!(1.0 / mean(&runs(&published)) < 0.95 * left);
    // Drawn per trace: E[1/t_l] = ln(10) / 90.
    let changes = |seed| {
        let t = make("pensieve,cov=0,duration=2000", seed);
        periods(&t).windows(2).filter(|w| w[0].rate != w[1].rate).count() as f64 / 1999.0
    };
    let drawn: Vec<f64> = (0..300).map(changes).collect();
    near("mean of 1/t_l", mean(&drawn), 10.0_f64.ln() / 90.0, 4.0 * sd(&drawn) / 300.0_f64.sqrt());

    // The noise is cov * state, the floor 0.1; t_s = 3 redraws every third second.
    let noisy = make("pensieve,t_l=1000000000,t_s=3,cov=0.1,duration=30000", 4);
    let x = rates(&noisy);
    let state = states.iter().copied().min_by(|a, b| (a - mean(&x)).abs().total_cmp(&(b - mean(&x)).abs()));
    near("sd of the noise", sd(&x) / state.expect("ten"), 0.1, 5.0 * 0.1 / 2e4_f64.sqrt());
    assert!(x.chunks_exact(3).all(|w| w[0] == w[1] && w[1] == w[2]));
    assert!(rates(&make("pensieve,cov=3,duration=5000", 5)).iter().all(|r| *r >= 0.1));
}

#[test]
fn genet_keeps_its_ranges() {
    for (name, [max_low, max_high], rtt) in [
        ("udr1", [1.0, 5.0], [20.0, 30.0]),
        ("udr2", [1.0, 20.0], [20.0, 220.0]),
        ("udr3", [1.0, 100.0], [20.0, 1000.0]),
    ] {
        let traces: Vec<Trace> = (0..300).map(|s| make(&format!("genet,range={name}"), s)).collect();
        let latencies: Vec<f64> = traces.iter().map(|t| t.period(0).latency.millis()).collect();
        let width = rtt[1] - rtt[0];
        near(
            "mean RTT",
            mean(&latencies),
            (rtt[0] + rtt[1]) / 2.0,
            4.0 * width / 12.0_f64.sqrt() / 300.0_f64.sqrt(),
        );
        assert!(latencies.iter().all(|l| (rtt[0]..=rtt[1]).contains(l)));
        let highest: Vec<f64> = traces.iter().map(|t| rates(t).into_iter().fold(0.0, f64::max)).collect();
        // A whole number of Mbit/s is the limit; min may lie above it, up to its own range.
        assert!(highest.iter().all(|h| *h <= f64::max(max_high, 10.0)));
        assert!(
            highest.iter().any(|h| *h > 0.8 * max_high) && highest.iter().any(|h| *h < 2.0 * max_low + 2.0)
        );
        for t in &traces {
            assert_eq!(t.duration().get(), 330.0);
            let cut = t.periods().len() - 1;
            assert!(periods(t)[..cut].iter().all(|p| (0.09..3.52).contains(&p.duration.get())));
            assert!(rates(t).iter().all(|r| (r * 100.0 - (r * 100.0).round()).abs() < 1e-6), "steps of 0.01");
        }
        let steps: Vec<f64> = traces
            .iter()
            .flat_map(|t| periods(t)[1..t.periods().len() - 1].to_vec())
            .map(|p| p.duration.get())
            .collect();
        // The inspection of a window of 330 s prefers short steps by a trifle.
        near("mean step", mean(&steps), 1.8, 0.02);
    }
    // Held for 1 to 5 steps, 3 in the mean; as published, for one. Rates of 0.01 from 100 seldom meet.
    let held = |spec: &str| mean(&runs(&make(spec, 7)));
    let long = "genet,min=0,max=100,duration=50000,interval=5.9";
    near("steps held", held(long), 3.0, 0.12);
    near("steps held, as published", held(&format!("{long},inert_interval=true")), 1.0, 0.002);
    // The coin: with min drawn low, one in two traces has its least rate raised; as published none.
    let least = |seed, coin: &str| {
        let t = make(&format!("genet,range=udr1,max=5,interval=1,duration=3000{coin}"), seed);
        rates(&t).into_iter().fold(f64::INFINITY, f64::min)
    };
    let changed = (0..200).filter(|s| least(*s, "") != least(*s, ",inert_coin=true")).count();
    near("traces whose coin counts", changed as f64 / 200.0, 0.5, 4.0 * 0.036);
}

#[test]
fn causalsim_stays_and_keeps_its_limits() {
    let trace = make("causalsim,low=1,high=3,stay=25,noise=0,step=1,duration=200000", 1);
    assert!(rates(&trace).iter().all(|r| (1.0..=3.0).contains(r)));
    // Jumps of less than half a kbit/s are not seen: with an exponential of mean about 1 Mbit/s, one in a thousand.
    near(
        "probability of a jump",
        1.0 / mean(&runs(&trace)),
        1.0 / 25.0,
        5.0 * (0.04_f64 / 2e5).sqrt() + 1e-4,
    );
    let noisy = make("causalsim,low=0.001,high=1000,stay=1000000000,noise=0.1,step=1,duration=100000", 2);
    near("noise", sd(&rates(&noisy)) / mean(&rates(&noisy)), 0.1, 5.0 * 0.1 / 2e5_f64.sqrt());
    let latencies: Vec<f64> =
        (0..400).map(|s| make("causalsim,duration=4", s).period(0).latency.millis()).collect();
    near("mean RTT", mean(&latencies), 255.0, 4.0 * 490.0 / 12.0_f64.sqrt() / 20.0);
    assert!(latencies.iter().all(|l| (10.0..500.0).contains(l)));
}

#[test]
fn congestion_rises_and_fades() {
    // Without noise and spikes: a sine about the rate; whole swings of 60 s.
    let swing = rates(&make("congestion,sd=0,spikes=0,swing=0.2,frequency=0.025,duration=4000", 1));
    near("mean over whole swings", mean(&swing), 10.0, 0.001);
    near("sd of a sine", sd(&swing), 2.0 / 2.0_f64.sqrt(), 0.001);
    // The noise has the mean 1; as published exp(sd^2/2).
    for (name, want) in [("congestion", 10.0), ("congestion-published", 10.0 * (0.125_f64).exp())] {
        let x = rates(&make(&format!("{name},sd=0.5,spikes=0,swing=0,duration=400000"), 2));
        near("mean of the noise", mean(&x), want, 5.0 * 0.6 * want / 4e5_f64.sqrt());
    }
    // Spikes too small to reach 1: the mean of c by its recurrence. c shows in the rate.
    let x = rates(&make(
        "congestion,sd=0,swing=0,spikes=0.05,spike_low=0.01,spike_high=0.05,recovery=5,duration=400000",
        3,
    ));
    let c: Vec<f64> = x.iter().map(|r| 1.0 - r / 10.0).collect();
    let (p, k) = (0.05, (-0.2_f64).exp());
    near("mean congestion", mean(&c), p * 0.03 / (1.0 - (1.0 - p) * k - p), 0.0005);
    assert!(c.windows(2).all(|w| w[1] > w[0] || (w[1] - w[0] * k).abs() < 2e-4));
    // Rate and latency are functions of the same c, in either form.
    for name in ["congestion", "congestion-published"] {
        let trace = make(&format!("{name},sd=0,swing=0,latency=0.02"), 4);
        for p in periods(&trace) {
            let c = 1.0 - p.rate.mbps() / 10.0;
            near("latency", p.latency.millis(), 20.0 * (1.0 + 3.0 * c * c), 0.6);
        }
        assert!(trace.periods().iter().any(|p| p.latency.millis() > 30.0));
    }
}

#[test]
fn a_cell_is_shared_as_birth_and_death_say() {
    let others = |p: &Period| (100.0 / p.rate.mbps() - 1.0).round();
    let trace = make("cell,rate=100,users=3,swing=0,stay=20,duration=400000", 1);
    let time = trace.duration().get();
    let share = |n: f64| {
        trace.periods().iter().filter(|p| others(p) == n).map(|p| p.duration.get()).sum::<f64>() / time
    };
    // Poisson; 400,000 s hold 10,000 independent looks (two time constants of 20 s).
    let mut poisson = (-3.0_f64).exp();
    for n in 0..8 {
        near(
            &format!("share of the time with {n} others"),
            share(f64::from(n)),
            poisson,
            5.0 * (poisson / 1e4).sqrt(),
        );
        poisson *= 3.0 / f64::from(n + 1);
    }
    near("mean share of the cell", trace.mean_rate().mbps() / 100.0, (1.0 - (-3.0_f64).exp()) / 3.0, 0.012);
    // At whole seconds the number of others correlates as exp(-t / stay).
    let numbers: Vec<f64> = (0..400_000)
        .scan((0, 0.0), |(i, end), s| {
            while *end <= f64::from(s) {
                *end += trace.period(*i).duration.get();
                *i += 1;
            }
            Some(others(&trace.period(*i - 1)))
        })
        .collect();
    for lag in [5, 20, 40] {
        near("acf", stats::acf(&numbers, lag).expect("values"), (-(lag as f64) / 20.0).exp(), 0.05);
    }
    // The hour counts: at the peak, and twelve hours later.
    for (start, mean) in [("21", 4.0 * 1.6), ("9", 4.0 * 0.4)] {
        let all: Vec<f64> = (0..400)
            .map(|seed| others(&make(&format!("cell,rate=100,start={start},duration=1"), seed).period(0)))
            .collect();
        near(
            &format!("others at {start} h"),
            all.iter().sum::<f64>() / 400.0,
            mean,
            4.0 * f64::sqrt(mean / 400.0),
        );
    }
    assert_eq!(make("cell,users=0,duration=60", 0).periods().len(), 1);
}
