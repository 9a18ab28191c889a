//! Faults on request: what goes wrong, with which share of the requests, and when.
//!
//! | fault | what a client sees |
//! |---|---|
//! | `kill` | the connection ends in the middle of a body |
//! | `slow` | a body trickles at a rate of its own |
//! | `stall` | a body stops in the middle, and the connection stays open |
//! | `length` | a complete answer that has more or fewer bytes than the resource |
//! | `corrupt` | bytes that are not those of the resource |
//! | `error` | a status such as 503, without the resource |
//! | `refuse` | connections are closed before an answer: the node is down |
//!
//! ```
//! let fault = origin::Fault::parse("error:share=0.2,status=503,from=10,until=30")?;
//! assert_eq!(fault.name(), "error:share=0.2,status=503,from=10,until=30");
//! assert!(origin::Fault::parse("eror").is_err_and(|e| e.to_string().contains("did you mean 'error'?")));
//! # Ok::<(), origin::OriginError>(())
//! ```

use std::sync::{Mutex, PoisonError};

use spec::{Entry, Opt, Options, Spec, opt};
use units::{BitRate, Seconds, SimRng};

use crate::error::OriginError;

const SHARE: Opt = opt("share", "1", "share of the requests that it meets, drawn for each");
const FROM: Opt = opt("from", "0", "s after the start of the origin when it begins");
const UNTIL: Opt = opt("until", "inf", "s after the start of the origin when it is over");
const ON: Opt = opt("on", "media", "media: segments and chunks; all: every request");
const AT: Opt = opt("at", "0.5", "where in the body, as a share of it");
const SEED: Opt = opt("seed", "0", "seed of the draws");

static FAULTS: [Entry; 7] = [
    Entry {
        name: "kill",
        about: "the connection ends in the middle of a body",
        options: &[SHARE, FROM, UNTIL, ON, AT, SEED],
    },
    Entry {
        name: "slow",
        about: "a body trickles",
        options: &[SHARE, FROM, UNTIL, ON, opt("rate", "0.05", "Mbit/s"), SEED],
    },
    Entry {
        name: "stall",
        about: "a body stops in the middle, for ever",
        options: &[SHARE, FROM, UNTIL, ON, AT, SEED],
    },
    Entry {
        name: "length",
        about: "a complete answer of a wrong length",
        options: &[SHARE, FROM, UNTIL, ON, opt("factor", "0.5", "times the right length"), SEED],
    },
    Entry {
        name: "corrupt",
        about: "16 bytes in the body are wrong",
        options: &[SHARE, FROM, UNTIL, ON, AT, SEED],
    },
    Entry {
        name: "error",
        about: "an error of the server instead of the resource",
        options: &[SHARE, FROM, UNTIL, ON, opt("status", "503", "500 to 599"), SEED],
    },
    Entry {
        name: "refuse",
        about: "no connection gets an answer: the node is down",
        options: &[SHARE, FROM, UNTIL, opt("on", "all", "all, or media"), SEED],
    },
];

/// All faults: name, one line, options with defaults.
pub fn all() -> &'static [Entry] {
    &FAULTS
}

/// What a fault does to an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Effect {
    /// The connection ends after this share of the body.
    Kill(f64),
    /// The body has a rate of its own.
    Slow(BitRate),
    /// Nothing comes after this share of the body.
    Stall(f64),
    /// The answer has so many times the bytes.
    Length(f64),
    /// Bytes from this share of the body on are wrong.
    Corrupt(f64),
    /// This status instead.
    Error(u16),
    /// No answer.
    Refuse,
}

impl Effect {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Effect::Kill(_) => "kill",
            Effect::Slow(_) => "slow",
            Effect::Stall(_) => "stall",
            Effect::Length(_) => "length",
            Effect::Corrupt(_) => "corrupt",
            Effect::Error(_) => "error",
            Effect::Refuse => "refuse",
        }
    }
}

/// A fault as asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    name: String,
    effect: Effect,
    share: f64,
    from: Seconds,
    until: Seconds,
    media_only: bool,
    seed: u64,
}

impl Fault {
    /// The fault of a specification such as `kill:share=0.1,at=0.3`.
    ///
    /// # Errors
    /// [`OriginError::Spec`] for a name, option or value that does not exist.
    pub fn parse(text: &str) -> Result<Fault, OriginError> {
        let (entry, o) = Spec::parse(text)?.find("fault", &FAULTS)?;
        let share = |key| o.number(key, 0.0..=1.0);
        let effect = match entry.name {
            "kill" => Effect::Kill(share("at")?),
            "slow" => Effect::Slow(BitRate::from_mbps(o.number("rate", 1e-6..=1e6)?)),
            "stall" => Effect::Stall(share("at")?),
            "length" => Effect::Length(o.number("factor", 0.0..=10.0)?),
            "corrupt" => Effect::Corrupt(share("at")?),
            "error" => Effect::Error(o.whole("status", 500..=599)? as u16),
            _ => Effect::Refuse,
        };
        let until = if o.text("until") == "inf" { Seconds::INFINITY } else { seconds(&o, "until")? };
        Ok(Fault {
            name: text.trim().to_string(),
            effect,
            share: share("share")?,
            from: seconds(&o, "from")?,
            until,
            media_only: o.choice("on", &[("media", true), ("all", false)])?,
            seed: o.whole("seed", ..)? as u64,
        })
    }

    /// The specification it was made of.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn meets(&self, media: bool, at: Seconds) -> bool {
        (media || !self.media_only) && at >= self.from && at < self.until
    }
}

fn seconds(options: &Options, key: &str) -> Result<Seconds, OriginError> {
    Ok(Seconds::new(options.number(key, 0.0..=1e9)?))
}

/// The faults of an origin, with what they drew so far.
#[derive(Debug)]
pub(crate) struct Faults(Vec<(Fault, Mutex<SimRng>)>);

impl Faults {
    pub(crate) fn new(faults: &[Fault]) -> Faults {
        let stream = |index| 0x6661_756c_7400 + index as u64; // "fault"
        let drawn = |(index, fault): (usize, &Fault)| {
            (fault.clone(), Mutex::new(SimRng::new(fault.seed, stream(index))))
        };
        Faults(faults.iter().enumerate().map(drawn).collect())
    }

    /// What meets a request: the first fault that does. `at` is the time since the origin's start.
    pub(crate) fn pick(&self, media: bool, at: Seconds) -> Option<Effect> {
        let hit = |(fault, rng): &&(Fault, Mutex<SimRng>)| {
            fault.meets(media, at)
                && rng.lock().unwrap_or_else(PoisonError::into_inner).uniform() < fault.share
        };
        self.0.iter().find(hit).map(|(fault, _)| fault.effect)
    }

    /// Whether a new connection is refused: the node is down for everybody.
    pub(crate) fn down(&self, at: Seconds) -> bool {
        let whole = |f: &Fault| f.effect == Effect::Refuse && f.share >= 1.0 && f.meets(false, at);
        self.0.iter().any(|(fault, _)| whole(fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_shares_hold() {
        let faults = ["kill:share=0.25,at=0.1", "error:from=10,until=20,on=all"];
        let faults: Vec<Fault> = faults.iter().map(|f| Fault::parse(f).expect("valid")).collect();
        let faults = Faults::new(&faults);
        let killed =
            (0..10_000).filter(|_| faults.pick(true, Seconds::ZERO) == Some(Effect::Kill(0.1))).count();
        // Five standard deviations of a binomial.
        assert!((2284..=2716).contains(&killed), "{killed}");
        assert_eq!(faults.pick(false, Seconds::new(9.9)), None);
        assert_eq!(faults.pick(false, Seconds::new(10.0)), Some(Effect::Error(503)));
        assert_eq!(faults.pick(false, Seconds::new(20.0)), None);
    }

    #[test]
    fn a_node_is_down_for_its_time() {
        let faults = Faults::new(&[Fault::parse("refuse:from=1,until=2").expect("valid")]);
        assert_eq!([0.5, 1.0, 2.0].map(|t| faults.down(Seconds::new(t))), [false, true, false]);
        assert_eq!(faults.pick(false, Seconds::new(1.5)), Some(Effect::Refuse));
    }

    #[test]
    fn what_is_no_fault_is_refused_with_its_name() {
        for (text, part) in
            [("kil", "did you mean 'kill'"), ("kill:at=2", "option at is '2'"), ("error:status=404", "404")]
        {
            let error = Fault::parse(text).expect_err("wrong").to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
