//! What a bandwidth trace alone cannot say: round trips, set-up, slow start, loss, shaping, handovers, a second path.
//!
//! An impairment stands around a [`Channel`] and is one: it answers "which rate now, and for how long" from what it finds
//! inside. Everything stays piecewise constant, so a transfer over any number of impairments is as exact as one over the
//! bare trace. They are applied in the order given, from the trace outward.
//!
//! ```
//! use netmodel::{Link, LinkOptions, NetworkModel, Trace, impair};
//! use units::{Bits, Seconds};
//!
//! // 1 MB over 50 Mbit/s with 80 ms of round trip: 0.24 s as a fluid, 0.57 s with slow start.
//! let trace = Trace::steps("constant", &[(600.0, 50.0)], Seconds::new(0.08))?;
//! let size = Bits::from_bytes(1e6);
//! let fluid = Link::new(trace.clone().into(), LinkOptions::default())?.transfer(size).total();
//! assert_eq!(fluid, Seconds::new(0.24));
//!
//! let chain = impair::chain(&["slow-start"])?;
//! let mut link = impair::link(trace.into(), LinkOptions::default(), &chain, 0)?;
//! assert!((link.transfer(size).total().get() - 0.572832).abs() < 1e-12);
//! # Ok::<(), netmodel::NetworkError>(())
//! ```
//!
//! One file per impairment; [`all`] is the registry. What is random is drawn from substreams of one seed, one per
//! impairment, so that adding one leaves the draws of the others as they are.

mod connection;
mod handover;
mod latency;
mod loss;
mod payload;
mod slow_start;
mod token_bucket;
mod two_path;

use std::fmt;
use std::sync::Arc;

use spec::{Entry, Options, Spec};
use units::{Bits, Seconds, SimRng};

pub use connection::{Connection, ConnectionOptions};
pub use handover::{Handover, HandoverOptions};
pub use latency::{Latency, LatencyOptions, Spread};
pub use loss::{Control, Loss, LossOptions};
pub use slow_start::{Restart, SlowStart, SlowStartOptions, Window};
pub use token_bucket::{Bucket, TokenBucket, TokenBucketOptions};
pub use two_path::{Policy, TwoPath, TwoPathOptions};

use crate::channel::{self, Channel};
use crate::limit::{FlowLimit, Limited};
use crate::{Carried, Link, LinkOptions, NetworkError, NetworkModel, ProgressInterval, Trace};

/// The registry. A new impairment is an entry of its file and a line here.
static IMPAIRMENTS: [&Kind; 8] = [
    &latency::KIND,
    &payload::KIND,
    &connection::KIND,
    &slow_start::KIND,
    &loss::KIND,
    &token_bucket::KIND,
    &handover::KIND,
    &two_path::KIND,
];

/// A channel of any kind.
pub type AnyChannel = Box<dyn Channel + Send>;

/// A limit of any kind.
pub type AnyLimit = Box<dyn FlowLimit + Send>;

/// A kind of impairment: what it is called, where it may stand, and how it is made.
struct Kind {
    entry: Entry,
    place: Place,
    make: fn(&Options) -> Result<Make, NetworkError>,
}

/// What may stand outside of what: what is on the way comes before what limits a flow on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The link itself, wherever it is given.
    Link,
    /// The way: capacity, round trips, connections.
    Way,
    /// The flow: it takes round trips and connections from the inside, and what it lets through is no capacity.
    Flow,
}

/// What an impairment does to a link, or to a flow on it.
#[derive(Clone)]
enum Make {
    /// Only so much of the link's rate is payload.
    Payload(f64),
    /// It stands around the channel, for everybody who uses it.
    Way(Arc<dyn Fn(AnyChannel, SimRng) -> Result<AnyChannel, NetworkError> + Send + Sync>),
    Latency(LatencyOptions),
    Connection(ConnectionOptions),
    /// It limits one flow: around a channel, and by itself.
    Limit(
        Arc<dyn Fn(AnyChannel, SimRng) -> AnyChannel + Send + Sync>,
        Arc<dyn Fn(SimRng) -> AnyLimit + Send + Sync>,
    ),
}

impl Make {
    fn way<C: Channel + Send + 'static>(f: impl Fn(AnyChannel, SimRng) -> C + Send + Sync + 'static) -> Make {
        Make::Way(Arc::new(move |inner, rng| Ok(Box::new(f(inner, rng)))))
    }

    fn limit<L: FlowLimit + Send + 'static>(f: impl Fn(SimRng) -> L + Clone + Send + Sync + 'static) -> Make {
        let alone = f.clone();
        Make::Limit(
            Arc::new(move |inner, rng| Box::new(Limited::around(inner, alone(rng)))),
            Arc::new(move |rng| Box::new(f(rng))),
        )
    }
}

/// An impairment as asked for, ready to be put around links.
#[derive(Clone)]
pub struct Impairment {
    name: String,
    make: Make,
    place: Place,
}

impl Impairment {
    /// The specification it was made of.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for Impairment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Impairment").field(&self.name).finish()
    }
}

/// The same specification makes the same impairment.
impl PartialEq for Impairment {
    fn eq(&self, other: &Impairment) -> bool {
        self.name == other.name
    }
}

/// All impairments: name, one line, options with defaults.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    IMPAIRMENTS.iter().map(|k| &k.entry)
}

/// The impairments of specifications such as `slow-start:initial=14600`, from the trace outward.
///
/// # Errors
/// [`NetworkError::Spec`] for a name, option or value that does not exist; [`NetworkError::Order`] for one that is
/// on the way (`latency`, `connection`, `handover`, `two-path`) after one that limits the flow (`slow-start`, `loss`,
/// `token-bucket`); for `two-path`, what is wrong with the other trace.
pub fn chain<S: AsRef<str>>(specs: &[S]) -> Result<Vec<Impairment>, NetworkError> {
    let chain: Vec<Impairment> = specs.iter().map(|s| one(s.as_ref())).collect::<Result<_, _>>()?;
    for (at, outer) in chain.iter().enumerate().filter(|(_, i)| i.place == Place::Way) {
        if let Some(inner) = chain[..at].iter().find(|i| i.place == Place::Flow) {
            return Err(NetworkError::Order { outer: outer.name.clone(), inner: inner.name.clone() });
        }
    }
    Ok(chain)
}

fn one(text: &str) -> Result<Impairment, NetworkError> {
    let text = text.trim();
    let (kind, options) =
        Spec::parse(text)?.find_by("impairment", IMPAIRMENTS.iter().copied(), |k| &k.entry)?;
    Ok(Impairment { name: text.to_string(), make: (kind.make)(&options)?, place: kind.place })
}

/// The stream of the first impairment's randomness; each has one of its own.
const FIRST_STREAM: u64 = 0x696d_7061_6972_0000; // "impair"

/// A link over a trace with impairments around it. What is random in them follows from `seed` and the name of the trace:
/// every rule meets the same network on a trace, and another one on the next trace.
///
/// # Errors
/// As [`Link::new`].
pub fn link(
    trace: Arc<Trace>,
    options: LinkOptions,
    chain: &[Impairment],
    seed: u64,
) -> Result<Impaired<AnyChannel>, NetworkError> {
    let seed = seed ^ fingerprint(trace.name());
    let channel = around(Box::new(bare(trace, options, chain)?), chain, seed)?;
    Ok(Impaired { channel, latency_takes_link_time: options.latency_takes_link_time })
}

/// The link itself, with what acts on it wherever it stands.
fn bare(trace: Arc<Trace>, options: LinkOptions, chain: &[Impairment]) -> Result<Link, NetworkError> {
    let share = |i: &Impairment| if let Make::Payload(share) = i.make { share } else { 1.0 };
    Link::new(
        trace,
        LinkOptions { payload: chain.iter().fold(options.payload, |p, i| p * share(i)), ..options },
    )
}

/// What a client has of its own on a way that it shares with others, from the trace outward.
pub(crate) struct ClientSide {
    pub(crate) latencies: Vec<latency::Draws>,
    pub(crate) connections: Vec<connection::Reuse>,
    pub(crate) limits: Vec<AnyLimit>,
}

/// A chain of which every client has its own part.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    chain: Vec<Impairment>,
    seed: u64,
}

impl Clients {
    /// The own part of one connection of one client. That of the first is what a flow alone meets.
    pub(crate) fn make(&self, client: u32, connection: usize) -> ClientSide {
        let apart = u64::from(client).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let apart = apart.wrapping_add((connection as u64).wrapping_mul(0xd1b5_4a32_d192_ed03));
        let mut side = ClientSide { latencies: Vec::new(), connections: Vec::new(), limits: Vec::new() };
        for (i, impairment) in self.chain.iter().enumerate() {
            let rng = SimRng::new(self.seed.wrapping_add(apart), FIRST_STREAM + i as u64);
            match &impairment.make {
                Make::Payload(_) | Make::Way(_) => {}
                Make::Latency(options) => side.latencies.push(latency::Draws::new(*options, rng)),
                Make::Connection(options) => side.connections.push(connection::Reuse::new(*options)),
                Make::Limit(_, limit) => side.limits.push(limit(rng)),
            }
        }
        side
    }
}

/// A way that clients share, and what each of them has of its own. A latency stands on the way, where it belongs, and gets
/// its draws from the client ([`Channel::round_trip_of`]).
pub(crate) fn shared(
    trace: Arc<Trace>,
    options: LinkOptions,
    chain: &[Impairment],
    seed: u64,
) -> Result<(AnyChannel, Clients), NetworkError> {
    let clients = Clients { chain: chain.to_vec(), seed: seed ^ fingerprint(trace.name()) };
    let mut way: AnyChannel = Box::new(bare(trace, options, chain)?);
    for (i, impairment) in chain.iter().enumerate() {
        let rng = SimRng::new(clients.seed, FIRST_STREAM + i as u64);
        way = match &impairment.make {
            Make::Way(make) => make(way, rng)?,
            Make::Latency(options) => Box::new(Latency::new(way, *options, rng)),
            Make::Payload(_) | Make::Connection(_) | Make::Limit(..) => way,
        };
    }
    Ok((way, clients))
}

/// Impairments around any channel; all but `payload`, which only a link has.
///
/// # Errors
/// As [`Link::new`], of the second network of `two-path`.
pub fn around(inner: AnyChannel, chain: &[Impairment], seed: u64) -> Result<AnyChannel, NetworkError> {
    let mut channel = inner;
    for (i, impairment) in chain.iter().enumerate() {
        let rng = SimRng::new(seed, FIRST_STREAM + i as u64);
        channel = match &impairment.make {
            Make::Payload(_) => channel,
            Make::Way(make) => make(channel, rng)?,
            Make::Latency(options) => Box::new(Latency::new(channel, *options, rng)),
            Make::Connection(options) => Box::new(Connection::new(channel, *options)),
            Make::Limit(around, _) => around(channel, rng),
        };
    }
    Ok(channel)
}

/// The FNV-1a hash of a name.
fn fingerprint(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// A channel as the network of one flow.
#[derive(Clone, Debug)]
pub struct Impaired<C> {
    channel: C,
    latency_takes_link_time: bool,
}

impl<C: Channel> Impaired<C> {
    /// The network over a channel. Waiting takes the link's time.
    pub fn new(channel: C) -> Impaired<C> {
        Impaired { channel, latency_takes_link_time: true }
    }

    /// The channel.
    pub fn channel(&self) -> &C {
        &self.channel
    }

    /// The channel alone, for flows that share it.
    pub fn into_channel(self) -> C {
        self.channel
    }
}

impl<C: Channel> NetworkModel for Impaired<C> {
    fn idle(&mut self, time: Seconds) {
        self.channel.rest(time);
    }

    /// What the set-up of a connection and the request itself cost: names first, then round trips.
    fn open(&mut self) -> Seconds {
        let waits = self.channel.request();
        if !self.latency_takes_link_time {
            return waits.extra + waits.round_trips * self.channel.round_trip();
        }
        channel::hold(&mut self.channel, waits.extra);
        waits.extra + channel::wait(&mut self.channel, waits.round_trips)
    }

    fn latency_takes_link_time(&self) -> bool {
        self.latency_takes_link_time
    }

    fn open_ahead(&mut self, ahead: Seconds) -> Seconds {
        let waits = self.channel.request();
        channel::open_ahead(&mut self.channel, waits, ahead)
    }

    fn carry(&mut self, size: Bits, interval: ProgressInterval) -> Carried {
        channel::carry(&mut self.channel, size, interval)
    }

    /// All of it is all of it, not the sum of what the stretches carried.
    fn carry_all(&mut self, size: Bits) -> Carried {
        let carried = self.carry(size, ProgressInterval::NEVER);
        if carried.time < Seconds::INFINITY { Carried { bits: size, ..carried } } else { carried }
    }

    fn entries(&self) -> &[Seconds] {
        self.channel.entered()
    }
}

/// An option that is a time in seconds.
fn seconds(options: &Options, key: &str, low: f64, high: f64) -> Result<Seconds, NetworkError> {
    Ok(Seconds::new(options.number(key, low..=high)?))
}

/// An option that is a time in seconds, or `auto`.
fn auto_seconds(options: &Options, key: &str, low: f64, high: f64) -> Result<Option<Seconds>, NetworkError> {
    if options.text(key) == "auto" { Ok(None) } else { seconds(options, key, low, high).map(Some) }
}

/// What every impairment hands on as it is.
macro_rules! hand_on {
    ($($method:ident),*) => { $( $crate::impair::hand_on!(@ $method); )* };
    (@ round_trip) => {
        fn round_trip(&self) -> units::Seconds {
            self.inner.round_trip()
        }
    };
    (@ request) => {
        fn request(&mut self) -> $crate::channel::Waits {
            self.inner.request()
        }
    };
    (@ entered) => {
        fn entered(&self) -> &[units::Seconds] {
            self.inner.entered()
        }
    };
}
pub(crate) use hand_on;
