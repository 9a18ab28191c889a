//! The link in real time.
//!
//! Nothing runs on its own. Whoever looks at the link first lets the time pass on it that has passed since the last look, and
//! then reads what has come of its flow. Bodies look every [`TICK`], and when their last bit is due: that one is not late, since
//! the next request waits for it, and what is lost with every segment adds up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use netmodel::impair::AnyChannel;
use netmodel::{LinkOptions, Trace};
use units::{BitRate, Bits, Seconds};

use crate::clock;
use crate::error::OriginError;
use crate::shared::{Shared, Supply};

/// How often a body looks what has come. A player that counts bytes as they arrive sees this step.
pub(crate) const TICK: Duration = Duration::from_millis(2);

/// Makes the link of a connection, by the connection's number; of the origin it is number 0.
pub type MakeChannel = Arc<dyn Fn(u64) -> Result<AnyChannel, OriginError> + Send + Sync>;

/// What the link of an origin is.
#[derive(Clone)]
pub enum Shape {
    /// As fast as the machine, with so much latency before each answer that carries media.
    Unshaped(Seconds),
    /// One link for all connections.
    Origin(MakeChannel),
    Connection(MakeChannel),
}

/// A link as time passes.
pub(crate) struct Link(Mutex<State>);

struct State {
    shared: Shared<AnyChannel>,
    /// When its time began: with its first flow.
    epoch: Option<Instant>,
}

impl State {
    /// Lets the time pass that has passed.
    fn catch_up(&mut self) -> Instant {
        let now = clock::now();
        let epoch = *self.epoch.get_or_insert(now);
        let passed = clock::seconds(now.saturating_duration_since(epoch)) - self.shared.now();
        if passed > Seconds::ZERO {
            self.shared.advance(passed);
        }
        epoch
    }
}

impl Link {
    pub(crate) fn new(channel: AnyChannel) -> Link {
        Link(Mutex::new(State { shared: Shared::new(channel), epoch: None }))
    }

    /// A link faster than any machine: a terabit per second.
    pub(crate) fn fast() -> Option<Link> {
        let trace = Trace::steps("fast", &[(60.0, 1e6)], Seconds::ZERO).ok()?;
        let channel = netmodel::Link::new(Arc::new(trace), LinkOptions::default()).ok()?;
        Some(Link::new(Box::new(channel)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; what it holds is sound in any case.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request is made for so many bytes.
    pub(crate) fn open(self: &Arc<Link>, bytes: u64, supply: Supply) -> Flow {
        let mut state = self.state();
        state.catch_up();
        let id = state.shared.open(Bits::from_bytes(bytes as f64), supply);
        let at = state.shared.now();
        drop(state);
        Flow { link: self.clone(), id, opened: at, bytes }
    }

    /// One round trip, now. Does not begin the link's time.
    pub(crate) fn round_trip(&self) -> Seconds {
        let mut state = self.state();
        if state.epoch.is_some() {
            state.catch_up();
        }
        state.shared.round_trip()
    }
}

/// A request on a link; dropping it takes it off.
pub(crate) struct Flow {
    link: Arc<Link>,
    id: u64,
    opened: Seconds,
    bytes: u64,
}

/// What is to be said of a flow now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Bytes that have come.
    pub(crate) received: u64,
    /// When the request was made, on the link's clock.
    pub(crate) opened: Seconds,
    /// Since the request, until the wait for the first bit was over.
    pub(crate) started: Option<Seconds>,
    /// Since the request, until the last bit had come.
    pub(crate) finished: Option<Seconds>,
    /// When to look again.
    pub(crate) again: Duration,
}

impl Flow {
    /// What it gets of the link now, and the link's round trip.
    pub(crate) fn share(&self) -> (BitRate, Seconds) {
        let mut state = self.link.state();
        state.catch_up();
        (state.shared.share(), state.shared.round_trip())
    }

    pub(crate) fn look(&self) -> Look {
        let mut state = self.link.state();
        state.catch_up();
        let again = clock::duration(state.shared.news_in(self.id));
        let Some(flow) = state.shared.flow(self.id) else {
            // Unreachable: it is on the link until it is dropped.
            return Look { received: 0, opened: self.opened, started: None, finished: None, again };
        };
        let since = |at: Seconds| at - self.opened;
        Look {
            received: match flow.finished() {
                Some(_) => self.bytes,
                None => flow.received().bytes() as u64,
            },
            opened: self.opened,
            started: flow.started().map(since),
            finished: flow.finished().map(since),
            again: if flow.started().is_some() { again.min(TICK) } else { again },
        }
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        let mut state = self.link.state();
        state.catch_up();
        state.shared.close(self.id);
    }
}
