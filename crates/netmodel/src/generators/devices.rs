//! Named links of developer tools: Chrome DevTools, its older table, and Apple's Network Link Conditioner.
//!
//! Each is one rate and one latency throughout. The rates are those of the downlink.
//!
//! | preset | down | up | latency | source |
//! |---|---|---|---|---|
//! | `slow-3g` (shown as "3G") | 500 kbit/s | 500 kbit/s | 400 ms | Chrome DevTools (devtools-frontend, `NetworkManager.ts`) |
//! | `slow-4g` (once "Fast 3G") | 1.6 Mbit/s | 750 kbit/s | 150 ms | the same |
//! | `fast-4g` | 9 Mbit/s | 1.5 Mbit/s | 60 ms | the same |
//! | `gprs` | 50 kbit/s | 20 kbit/s | 500 ms | the older table of Chromium and Electron |
//! | `regular-2g` | 250 kbit/s | 50 kbit/s | 300 ms | the same |
//! | `good-2g` | 450 kbit/s | 150 kbit/s | 150 ms | the same |
//! | `regular-3g` | 750 kbit/s | 250 kbit/s | 100 ms | the same |
//! | `good-3g` | 1.5 Mbit/s | 750 kbit/s | 40 ms | the same |
//! | `regular-4g` | 4 Mbit/s | 3 Mbit/s | 20 ms | the same |
//! | `dsl` | 2 Mbit/s | 1 Mbit/s | 5 ms | the same |
//! | `wifi` | 30 Mbit/s | 15 Mbit/s | 2 ms | the same |
//! | `nlc-3g` | 780 kbit/s | 330 kbit/s | 100 + 100 ms | Network Link Conditioner, by an `ipfw` script with its values |
//! | `nlc-edge` | 240 kbit/s | 200 kbit/s | 400 + 440 ms | the same |
//! | `nlc-dsl` | 2 Mbit/s | 256 kbit/s | 5 + 5 ms | general knowledge, no source read |
//! | `nlc-lte` | 50 Mbit/s | 10 Mbit/s | 50 + 65 ms | general knowledge, no source read |
//! | `nlc-very-bad` | 1 Mbit/s | 1 Mbit/s | 500 + 500 ms | general knowledge, no source read; its 10 % loss is not in a trace |
//! | `nlc-wifi` | 40 Mbit/s | 33 Mbit/s | 1 + 1 ms | general knowledge, no source read |
//! | `nlc-wifi-ac` | 250 Mbit/s | 100 Mbit/s | 1 + 1 ms | general knowledge, no source read |
//!
//! A request waits for both directions, so the two delays of the Network Link Conditioner are added up.
//!
//! # Nominal figures, and DevTools' own
//!
//! DevTools throttles requests, not packets, and so multiplies the nominal figures of its table: the rate by 0.8 or 0.9,
//! the latency by 5, 3.75 or 2.75. A simulator of a link wants the nominal ones; `devtools=true` gives the others, which
//! a browser under throttling shows. Older builds counted 1024 bits to the kbit.

use spec::{Entry, Opt, Options, opt};

use super::{Preset, keys, rate, seconds};
use crate::{NetworkError, Period};

/// The options of a link: a rate in Mbit/s and a latency in s.
const fn link(mbps: &'static str, latency: &'static str) -> [Opt; 4] {
    [
        opt("rate", mbps, "rate in Mbit/s"),
        opt("latency", latency, "latency of every request in s"),
        keys::DURATION,
        keys::NO_SEED,
    ]
}

/// The options of a link of DevTools.
const fn throttled(mbps: &'static str, latency: &'static str) -> [Opt; 5] {
    let [rate, latency, duration, seed] = link(mbps, latency);
    let devtools = opt("devtools", "false", "the figures that DevTools applies instead of the nominal ones");
    [rate, latency, devtools, duration, seed]
}

static SLOW_3G: [Opt; 5] = throttled("0.5", "0.4");
static SLOW_4G: [Opt; 5] = throttled("1.6", "0.15");
static FAST_4G: [Opt; 5] = throttled("9", "0.06");
static GPRS: [Opt; 4] = link("0.05", "0.5");
static REGULAR_2G: [Opt; 4] = link("0.25", "0.3");
static GOOD_2G: [Opt; 4] = link("0.45", "0.15");
static REGULAR_3G: [Opt; 4] = link("0.75", "0.1");
static GOOD_3G: [Opt; 4] = link("1.5", "0.04");
static REGULAR_4G: [Opt; 4] = link("4", "0.02");
static DSL: [Opt; 4] = link("2", "0.005");
static WIFI: [Opt; 4] = link("30", "0.002");
static NLC_3G: [Opt; 4] = link("0.78", "0.2");
static NLC_EDGE: [Opt; 4] = link("0.24", "0.84");
static NLC_DSL: [Opt; 4] = link("2", "0.01");
static NLC_LTE: [Opt; 4] = link("50", "0.115");
static NLC_VERY_BAD: [Opt; 4] = link("1", "1");
static NLC_WIFI: [Opt; 4] = link("40", "0.002");
static NLC_WIFI_AC: [Opt; 4] = link("250", "0.002");

pub(super) static PRESETS: [Preset; 18] = [
    preset("slow-3g", "Chrome DevTools 3G (Slow 3G): 500 kbit/s, 400 ms", &SLOW_3G, |o, _| make(o, 0.8, 5.0)),
    preset("slow-4g", "Chrome DevTools Slow 4G (Fast 3G): 1.6 Mbit/s, 150 ms", &SLOW_4G, |o, _| {
        make(o, 0.9, 3.75)
    }),
    preset("fast-4g", "Chrome DevTools Fast 4G: 9 Mbit/s, 60 ms", &FAST_4G, |o, _| make(o, 0.9, 2.75)),
    preset("gprs", "older Chromium GPRS: 50 kbit/s, 500 ms", &GPRS, nominal),
    preset("regular-2g", "older Chromium Regular 2G: 250 kbit/s, 300 ms", &REGULAR_2G, nominal),
    preset("good-2g", "older Chromium Good 2G: 450 kbit/s, 150 ms", &GOOD_2G, nominal),
    preset("regular-3g", "older Chromium Regular 3G: 750 kbit/s, 100 ms", &REGULAR_3G, nominal),
    preset("good-3g", "older Chromium Good 3G: 1.5 Mbit/s, 40 ms", &GOOD_3G, nominal),
    preset("regular-4g", "older Chromium Regular 4G: 4 Mbit/s, 20 ms", &REGULAR_4G, nominal),
    preset("dsl", "older Chromium DSL: 2 Mbit/s, 5 ms", &DSL, nominal),
    preset("wifi", "older Chromium WiFi: 30 Mbit/s, 2 ms", &WIFI, nominal),
    preset("nlc-3g", "Apple Network Link Conditioner 3G: 780 kbit/s, 200 ms", &NLC_3G, nominal),
    preset("nlc-edge", "Apple Network Link Conditioner Edge: 240 kbit/s, 840 ms", &NLC_EDGE, nominal),
    preset("nlc-dsl", "Apple Network Link Conditioner DSL, unconfirmed: 2 Mbit/s, 10 ms", &NLC_DSL, nominal),
    preset(
        "nlc-lte",
        "Apple Network Link Conditioner LTE, unconfirmed: 50 Mbit/s, 115 ms",
        &NLC_LTE,
        nominal,
    ),
    preset(
        "nlc-very-bad",
        "Apple Network Link Conditioner Very Bad, unconfirmed, without its loss: 1 Mbit/s, 1 s",
        &NLC_VERY_BAD,
        nominal,
    ),
    preset(
        "nlc-wifi",
        "Apple Network Link Conditioner Wi-Fi, unconfirmed: 40 Mbit/s, 2 ms",
        &NLC_WIFI,
        nominal,
    ),
    preset(
        "nlc-wifi-ac",
        "Apple Network Link Conditioner 802.11ac, unconfirmed: 250 Mbit/s, 2 ms",
        &NLC_WIFI_AC,
        nominal,
    ),
];

type Make = fn(&Options, u64) -> Result<Vec<Period>, NetworkError>;

const fn preset(name: &'static str, about: &'static str, options: &'static [Opt], make: Make) -> Preset {
    Preset { entry: Entry { name, about, options }, measures: super::Measurement::Capacity, make }
}

/// A link as its table has it.
fn nominal(options: &Options, _: u64) -> Result<Vec<Period>, NetworkError> {
    let (duration, latency) =
        (seconds(options, "duration", 1e-3, 1e9)?, seconds(options, "latency", 0.0, 3600.0)?);
    Ok(vec![Period { duration, rate: rate(options, "rate")?, latency }])
}

/// A link of DevTools: as its table has it, or times the factors.
fn make(options: &Options, rate: f64, latency: f64) -> Result<Vec<Period>, NetworkError> {
    let mut periods = nominal(options, 0)?;
    if options.flag("devtools")? {
        for p in &mut periods {
            (p.rate, p.latency) = (p.rate * rate, p.latency * latency);
        }
    }
    Ok(periods)
}

#[cfg(test)]
mod tests {
    use crate::generators::generate;

    /// kbit/s and ms of a preset.
    fn figures(spec: &str) -> (f64, f64) {
        let trace = generate(spec, 0).expect(spec);
        let p = trace.period(0);
        (p.rate.kbps().round(), (p.latency.millis() * 1e6).round() / 1e6)
    }

    /// The figures that devtools-frontend has after its factors.
    #[test]
    fn devtools_figures_are_those_of_devtools() {
        assert_eq!(figures("slow-3g"), (500.0, 400.0));
        assert_eq!(figures("slow-3g,devtools=true"), (400.0, 2000.0));
        assert_eq!(figures("slow-4g,devtools=true"), (1440.0, 562.5));
        assert_eq!(figures("fast-4g,devtools=true"), (8100.0, 165.0));
        assert_eq!(figures("preset:regular-3g"), (750.0, 100.0));
        assert_eq!(figures("nlc-edge"), (240.0, 840.0));
        assert!(generate("gprs,devtools=true", 0).is_err(), "the older table has no factors");
    }
}
