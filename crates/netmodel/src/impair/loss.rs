//! `loss`: packets are lost, in bursts or not, and the sender's congestion control answers.
//!
//! The link is in a good state or in a burst (Gilbert and Elliott), each for an exponential time; a packet is lost with
//! the probability `p` in the good one and `burst` in the other. In packets, with P(good to burst) and P(burst to good) of
//! a flow of n packets a second, the mean times are `good` = 1/(n P(good to burst)) and `bad` = 1/(n P(burst to good)): here
//! the states change in time, whatever the flow does, so that every rule meets the same bursts. The share of time in bursts
//! is bad / (good + bad). Without `bad` there are no bursts, and losses are independent (Bernoulli).
//!
//! A share of 1 - p of what is sent arrives. The congestion control limits what is sent:
//!
//! | control | ceiling, at a round trip of R and a loss of p | source |
//! |---|---|---|
//! | `reno` | MSS / R x 1.22 / sqrt(p) | Mathis et al., CCR 27(3), 1997 |
//! | `cubic` | MSS / R x max(1.054 (R / p)^(3/4), 1.22 / sqrt(p)), R in s | RFC 9438 section 5.1: C = 0.4, beta = 0.7, with its Reno-friendly region |
//! | `padhye` | MSS / (R sqrt(2 p / 3) + T min(1, 3 sqrt(3 p / 8)) p (1 + 32 p^2)), T = 1 s | Padhye et al., SIGCOMM 1998, eq. 30 for b = 1: Reno with its time-outs; T is the least of RFC 6298 |
//! | `bbr` | none | its rate does not answer to loss; optimistic from a few per cent on |
//!
//! R is the round trip of what is inside, unless the option `rtt` says otherwise; MSS is `mss` bytes.
//!
//! # Known deviations
//!
//! The formulas are for steady state; a burst of a few round trips is over before the control has settled. Of a burst in
//! which everything is lost (`burst=1`) nothing arrives, and no time-out is added behind it. Nothing is sent twice in
//! vain.

use spec::{Entry, opt};
use units::{BitRate, Bits, Seconds, SimRng};

use super::{Kind, Make, Place, auto_seconds, seconds};
use crate::channel::Channel;
use crate::limit::{Ends, FlowLimit, Lasts, Limited};
use crate::two_states::TwoStates;

pub(super) static KIND: Kind = Kind {
    entry: Entry {
        name: "loss",
        about: "packet loss, independent or in bursts, with the ceiling that TCP has under it",
        options: &[
            opt("p", "0.01", "probability of loss outside of bursts"),
            opt("burst", "0.3", "probability of loss in bursts"),
            opt("good", "10", "mean time between bursts in s"),
            opt("bad", "0", "mean length of a burst in s; 0: there are none"),
            opt("control", "cubic", "congestion control: cubic, reno, padhye or bbr"),
            opt("mss", "1448", "payload of a packet in bytes"),
            opt("rtt", "auto", "round trip in s; auto: that of the link"),
        ],
    },
    place: Place::Flow,
    make: |o| {
        let bad = seconds(o, "bad", 0.0, 1e6)?;
        if bad > Seconds::ZERO && bad < SHORTEST {
            return Err(o.wrong("bad", "0, or at least 0.001").into());
        }
        let controls = [
            ("cubic", Control::Cubic),
            ("reno", Control::Reno),
            ("padhye", Control::Padhye),
            ("bbr", Control::Bbr),
        ];
        let options = LossOptions {
            p: o.number("p", 0.0..=0.99)?,
            burst: o.number("burst", 0.0..=1.0)?,
            good: seconds(o, "good", SHORTEST.get(), 1e6)?,
            bad,
            control: o.choice("control", &controls)?,
            mss: Bits::from_bytes(o.number("mss", 1.0..=65_535.0)?),
            rtt: auto_seconds(o, "rtt", 1e-6, 60.0)?,
        };
        Ok(Make::limit(move |rng| Loss::new(options, rng)))
    },
};

/// The shortest mean time of a state, so that sessions do not drown in changes.
const SHORTEST: Seconds = Seconds::from_millis(1.0);

/// How the sender answers to loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// CUBIC (RFC 9438).
    Cubic,
    /// Reno, by the formula of Mathis et al.
    Reno,
    /// Reno with its time-outs, by the formula of Padhye et al.
    Padhye,
    /// BBR: not at all.
    Bbr,
}

impl Control {
    /// The fastest that is sent in the long run at this loss, round trip and packet size; infinite where nothing limits.
    ///
    /// ```
    /// use netmodel::impair::Control;
    /// use units::{Bits, Seconds};
    ///
    /// let (mss, rtt) = (Bits::from_bytes(1460.0), Seconds::new(0.1));
    /// let reno = Control::Reno.ceiling(1e-4, rtt, mss);
    /// assert!((reno.mbps() - 14.2496).abs() < 1e-9);
    /// // A loss of 5 % costs more in time-outs than in halved windows.
    /// let padhye = Control::Padhye.ceiling(0.05, rtt, mss);
    /// assert!(padhye < Control::Reno.ceiling(0.05, rtt, mss) * 0.5);
    /// ```
    pub fn ceiling(self, p: f64, rtt: Seconds, mss: Bits) -> BitRate {
        if self == Control::Bbr || p <= 0.0 || rtt <= Seconds::ZERO {
            return BitRate::INFINITY;
        }
        let reno = 1.22 / libm::sqrt(p);
        let packets = match self {
            Control::Cubic => (1.054 * libm::pow(rtt.get() / p, 0.75)).max(reno),
            Control::Padhye => {
                let outs = (3.0 * libm::sqrt(3.0 * p / 8.0)).min(1.0) * p * (1.0 + 32.0 * p * p);
                rtt.get() / (rtt.get() * libm::sqrt(2.0 * p / 3.0) + outs)
            }
            Control::Reno | Control::Bbr => reno,
        };
        mss * packets / rtt
    }
}

/// The options of `loss`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossOptions {
    /// Probability of loss in the good state, below 1.
    pub p: f64,
    /// Probability of loss in a burst.
    pub burst: f64,
    /// Mean time between bursts, above 0.
    pub good: Seconds,
    /// Mean length of a burst; none if zero.
    pub bad: Seconds,
    /// What the sender does about it.
    pub control: Control,
    /// Payload of a packet.
    pub mss: Bits,
    /// Round trip; None for that of what is inside.
    pub rtt: Option<Seconds>,
}

/// The loss that a flow meets, and its sender's answer.
#[derive(Clone, Debug)]
pub struct Loss {
    options: LossOptions,
    /// The good state, then the burst.
    states: TwoStates,
}

impl Loss {
    /// Loss over a channel; see [`new`](Loss::new).
    pub fn over<C: Channel>(inner: C, options: LossOptions, rng: SimRng) -> Limited<C, Loss> {
        Limited::around(inner, Loss::new(options, rng))
    }

    /// It begins in either state, with the shares that they have in the long run.
    pub fn new(options: LossOptions, rng: SimRng) -> Loss {
        Loss { options, states: TwoStates::new(options.good, options.bad, rng) }
    }

    /// Whether it is in a burst.
    pub fn in_burst(&self) -> bool {
        self.states.in_second()
    }

    fn probability(&self) -> f64 {
        if self.in_burst() { self.options.burst } else { self.options.p }
    }
}

impl FlowLimit for Loss {
    fn wanted(&self, demand: BitRate, rtt: Seconds) -> BitRate {
        let arrives = self.arrives();
        if demand == BitRate::ZERO || arrives <= 0.0 {
            return BitRate::ZERO;
        }
        let LossOptions { control, mss, .. } = self.options;
        let ceiling = control.ceiling(self.probability(), self.options.rtt.unwrap_or(rtt), mss);
        (demand * (1.0 / arrives)).min(ceiling)
    }

    fn arrives(&self) -> f64 {
        1.0 - self.probability()
    }

    fn lasts(&self, _: BitRate, _: bool, _: Seconds) -> Lasts {
        Lasts { time: self.states.left(), ..Lasts::EVER }
    }

    fn pass(&mut self, time: Seconds, _: BitRate, _: Seconds, end: Ends) {
        self.states.pass(time, end.time);
    }

    fn rest(&mut self, time: Seconds) {
        self.states.rest(time);
    }
}
