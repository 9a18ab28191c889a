//! The engine: a player that has a link for itself, from event to event.

use std::collections::VecDeque;
use std::ops::Deref;

use abr::{AbrStrategy, Attention};
use media::{Chunk, Video};
use netmodel::{NetworkModel, ProgressInterval, Transfer};
use playbuf::PlaybackBuffer;
use player::{Action, Ended, Look, Observer, Player, Request, RequestId, Scheduling};
use units::{Bits, Seconds};

/// Why a driver stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The rule lives outside: [`Player::answer`], and drive on.
    Decide,
    /// Everything was played.
    Complete,
    /// The link ended for good before everything was fetched; what had been fetched was played.
    NetworkEnded,
    /// The viewer has paused, and nothing is left to do before they play on: [`Player::viewer`], and drive on.
    Paused,
}

/// Runs a session to its end, or until it needs somebody.
///
/// It may be called again after [`Stop::Decide`] and [`Stop::Paused`], as long as the player has one request in flight at most; for
/// others there is [`Alone`].
pub fn drive<V, A, S, N, O>(player: &mut Player<V, A, S>, link: &mut N, observer: &mut O) -> Stop
where
    V: Deref<Target = Video>,
    A: AbrStrategy,
    S: Scheduling,
    N: NetworkModel,
    O: Observer,
{
    Alone::new(link).run(player, observer)
}

/// What is no later than this from now is now.
const NOW: Seconds = Seconds::from_millis(1e-6);

/// A link with one player on it, and what is in flight. Requests that are made while another is in flight are carried after it:
/// there is one connection.
#[derive(Debug)]
pub struct Alone<'l, N> {
    link: &'l mut N,
    air: Option<Air>,
    queue: VecDeque<Air>,
    /// How far the link is ahead of the player, since a request was given up before its first bit.
    ahead: Seconds,
}

/// A request that is being carried.
#[derive(Clone, Copy, Debug)]
struct Air {
    id: RequestId,
    attention: Attention,
    /// Its payload on the link, ahead of what the player has been told by less than its latency.
    flight: Transfer,
    /// From its beginning to its first bit; where parts are asked for one by one, to the first bit of the part that comes.
    latency: Seconds,
    /// Time since it was begun, as the player has been told.
    told: Seconds,
    /// When it is looked at next, since it was begun.
    look: Seconds,
    /// Which of its chunks comes, where it is delivered while it is produced.
    chunk: usize,
    /// And whether the first bit has come, of it or of that part.
    flows: bool,
}

/// What the player holds in its buffer, as a driver sees it.
pub(crate) type Buffer = PlaybackBuffer<(usize, usize)>;

/// Who wants to know whenever the link has moved: while something was in flight, before the player is told; else after.
pub(crate) trait LinkWatcher<O, N> {
    /// False: nobody does, and nothing is paid for it.
    const WATCHES: bool = true;

    /// The link has moved.
    fn moved(&mut self, observer: &mut O, link: &N, buffer: &Buffer);
}

impl<O, N> LinkWatcher<O, N> for () {
    const WATCHES: bool = false;

    fn moved(&mut self, _: &mut O, _: &N, _: &Buffer) {}
}

impl<'l, N: NetworkModel> Alone<'l, N> {
    /// Nothing is in flight.
    pub fn new(link: &'l mut N) -> Alone<'l, N> {
        Alone { link, air: None, queue: VecDeque::new(), ahead: Seconds::ZERO }
    }

    /// Runs a session to its end, or until it needs somebody; it may be called again.
    pub fn run<V, A, S, O>(&mut self, player: &mut Player<V, A, S>, observer: &mut O) -> Stop
    where
        V: Deref<Target = Video>,
        A: AbrStrategy,
        S: Scheduling,
        O: Observer,
    {
        self.run_watched(player, observer, &mut ())
    }

    /// The same, under the eyes of somebody who watches the link.
    pub(crate) fn run_watched<V, A, S, O, W>(
        &mut self,
        player: &mut Player<V, A, S>,
        observer: &mut O,
        watcher: &mut W,
    ) -> Stop
    where
        V: Deref<Target = Video>,
        A: AbrStrategy,
        S: Scheduling,
        O: Observer,
        W: LinkWatcher<O, N>,
    {
        let mut idled = false;
        loop {
            let action = player.next(observer);
            if W::WATCHES && idled {
                idled = false;
                if action != Action::End {
                    watcher.moved(observer, self.link, player.buffer());
                }
            }
            match action {
                Action::Fetch(id) => {
                    let Some(request) = player.request(id) else { continue };
                    // The latency is consumed when time next passes.
                    let air = Air::new(request);
                    match self.air {
                        None => self.air = Some(air),
                        Some(_) => self.queue.push_back(air),
                    }
                }
                Action::Wait(most) => match &mut self.air {
                    Some(_) => {
                        if self.carry(most, player, observer, watcher) == Carried::Dead {
                            player.network_ended(observer);
                            return Stop::NetworkEnded;
                        }
                    }
                    None if most < Seconds::INFINITY => {
                        let ahead = self.ahead.min(most);
                        self.ahead -= ahead;
                        self.link.idle(most - ahead);
                        player.elapsed(most);
                        idled = true;
                    }
                    None => return Stop::Paused,
                },
                Action::Cancel(id) => {
                    watcher.moved(observer, self.link, player.buffer());
                    self.cancel(id, player, observer);
                }
                Action::Decide => return Stop::Decide,
                Action::End => return Stop::Complete,
            }
        }
    }

    /// A request is given up; apart, so that the loop has the end of a request once.
    #[inline(never)]
    fn cancel<V, A, S, O>(&mut self, id: RequestId, player: &mut Player<V, A, S>, observer: &mut O)
    where
        V: Deref<Target = Video>,
        A: AbrStrategy,
        S: Scheduling,
        O: Observer,
    {
        player.ended(id, Ended::Cancelled, observer);
        self.forget(id);
    }

    /// A request that was given up is not carried any further.
    fn forget(&mut self, id: RequestId) {
        let Some(air) = self.air.as_ref().filter(|a| a.id == id) else {
            return self.queue.retain(|a| a.id != id);
        };
        if air.told < air.latency && self.link.latency_takes_link_time() {
            self.ahead = air.latency - air.told;
        }
        self.begin_next();
    }

    /// The request that was carried is done with; the one that waits for it is next.
    #[inline(always)]
    fn begin_next(&mut self) {
        self.air = None;
        if !self.queue.is_empty() {
            self.air = self.queue.pop_front();
        }
    }

    /// Lets at most so much time pass with something in flight.
    #[inline]
    fn carry<V, A, S, O, W>(
        &mut self,
        most: Seconds,
        player: &mut Player<V, A, S>,
        observer: &mut O,
        watcher: &mut W,
    ) -> Carried
    where
        V: Deref<Target = Video>,
        A: AbrStrategy,
        S: Scheduling,
        O: Observer,
        W: LinkWatcher<O, N>,
    {
        let Some(air) = &mut self.air else { return Carried::On };
        let id = air.id;
        let interval = |p: &Player<V, A, S>| ProgressInterval {
            bits: p.options().look_bits,
            time: p.options().look_time,
        };
        // Nothing else happens before all of it is there.
        let alone = air.told <= Seconds::ZERO && most == Seconds::INFINITY && self.ahead <= Seconds::ZERO;
        let carried = match air.attention {
            Attention::Ending if alone => whole(air, self.link, player, observer),
            Attention::Looks if alone => watch(air, self.link, interval(player), player, observer),
            Attention::News if chunk(player, air).is_some() => {
                fed(air, self.link, &mut self.ahead, most, player, observer)
            }
            _ => step(air, self.link, &mut self.ahead, most, interval(player), player, observer),
        };
        if carried == Carried::Whole {
            watcher.moved(observer, self.link, player.buffer());
            player.ended(id, Ended::Whole, observer);
            self.begin_next();
        }
        carried
    }
}

impl Air {
    fn new(request: &Request) -> Air {
        let flight = Transfer { size: request.size, received: Bits::ZERO, elapsed: Seconds::ZERO };
        let (latency, told) = (Seconds::ZERO, Seconds::ZERO);
        let (id, attention, look) = (request.id, request.attention, Seconds::ZERO);
        Air { id, attention, flight, latency, told, look, chunk: 0, flows: false }
    }

    /// Whether it has not been sent.
    fn is_new(&self) -> bool {
        self.told <= Seconds::ZERO && self.flight.elapsed <= Seconds::ZERO
    }

    /// Sends it, unless it has been.
    fn open<N: NetworkModel>(&mut self, link: &mut N, ahead: &mut Seconds) -> bool {
        let new = self.is_new();
        if new {
            let ahead = std::mem::take(ahead);
            self.latency = if ahead > Seconds::ZERO { link.open_ahead(ahead) } else { link.open() };
            self.flight.elapsed = self.latency;
        }
        new
    }

    /// Asks for its next part: a round trip passes until that can begin.
    fn ask_again<N: NetworkModel>(&mut self, link: &mut N) {
        self.latency = self.told + link.open();
        self.flows = false;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carried {
    On,
    Whole,
    /// The link has ended for good.
    Dead,
}

/// A request of which only the end matters: one step.
#[inline]
fn whole<V, A, S, N, O>(
    air: &mut Air,
    link: &mut N,
    player: &mut Player<V, A, S>,
    observer: &mut O,
) -> Carried
where
    V: Deref<Target = Video>,
    A: AbrStrategy,
    S: Scheduling,
    N: NetworkModel,
    O: Observer,
{
    let latency = link.open();
    let total = latency + link.carry_all(air.flight.size).time;
    if total == Seconds::INFINITY {
        return Carried::Dead;
    }
    player.elapsed(latency);
    player.received(air.id, Bits::ZERO, observer);
    player.elapsed(total);
    Carried::Whole
}

/// A request that may be given up: look by look.
#[inline]
fn watch<V, A, S, N, O>(
    air: &mut Air,
    link: &mut N,
    interval: ProgressInterval,
    player: &mut Player<V, A, S>,
    observer: &mut O,
) -> Carried
where
    V: Deref<Target = Video>,
    A: AbrStrategy,
    S: Scheduling,
    N: NetworkModel,
    O: Observer,
{
    let id = air.id;
    let latency = link.open();
    let mut flight = Transfer { elapsed: latency, ..air.flight };
    // The latency counts towards the first look.
    link.fly(&mut flight, ProgressInterval { time: interval.time - latency, ..interval }, Seconds::ZERO);
    player.elapsed(latency);
    player.received(id, Bits::ZERO, observer);
    while flight.received < flight.size {
        if flight.elapsed == Seconds::INFINITY {
            return Carried::Dead;
        }
        player.elapsed(flight.elapsed);
        match player.look(id, flight.received) {
            Look::Continue { until } => link.fly(&mut flight, interval, until),
            Look::Ask => return Carried::On,
        }
    }
    player.elapsed(flight.elapsed);
    Carried::Whole
}

/// The next chunk of a request, if it is delivered while it is produced.
fn chunk<V, A, S>(player: &Player<V, A, S>, air: &Air) -> Option<Chunk>
where
    V: Deref<Target = Video>,
    A: AbrStrategy,
    S: Scheduling,
{
    player.chunk(player.request(air.id)?, air.chunk)
}

/// A segment that is delivered while it is produced: one step, to the beginning or the end of a chunk. It cannot be given up,
/// so it is not looked at.
#[cold]
fn fed<V, A, S, N, O>(
    air: &mut Air,
    link: &mut N,
    ahead: &mut Seconds,
    most: Seconds,
    player: &mut Player<V, A, S>,
    observer: &mut O,
) -> Carried
where
    V: Deref<Target = Video>,
    A: AbrStrategy,
    S: Scheduling,
    N: NetworkModel,
    O: Observer,
{
    let id = air.id;
    if !air.flows {
        air.open(link, ahead);
        // The link is ahead.
        let rest = air.latency - air.told;
        let time = rest.min(most);
        air.flows = time >= rest;
        air.told = if air.flows { air.latency } else { air.told + time };
        player.elapsed(time);
        if air.flows {
            player.received(id, air.flight.received, observer);
        }
        return Carried::On;
    }
    let Some(next) = chunk(player, air) else { return Carried::Whole };
    let wait = next.at - player.now();
    if wait > NOW {
        let time = wait.min(most);
        link.idle(time);
        air.told += time;
        player.elapsed(time);
        // The chunk begins.
        player.received(id, air.flight.received, observer);
        return Carried::On;
    }
    let carried =
        link.carry(next.size - air.flight.received, ProgressInterval { bits: Bits::ZERO, time: most });
    if carried.time == Seconds::INFINITY {
        if most == Seconds::INFINITY {
            return Carried::Dead;
        }
        player.elapsed(most);
        air.told += most;
        return Carried::On;
    }
    air.told += carried.time;
    player.elapsed(carried.time);
    air.flight.received += carried.bits;
    if air.flight.received >= next.size * (1.0 - 1e-12) {
        air.flight.received = next.size;
        air.chunk += 1;
        match chunk(player, air) {
            None => return Carried::Whole,
            Some(next) if next.asked => air.ask_again(link),
            Some(_) => {}
        }
    }
    player.received(id, air.flight.received, observer);
    Carried::On
}

/// The general case: the player has something else to do in between, or wants news. One step, to the next thing that matters.
#[allow(clippy::too_many_arguments, reason = "a request, its link, and who is told")]
fn step<V, A, S, N, O>(
    air: &mut Air,
    link: &mut N,
    ahead: &mut Seconds,
    most: Seconds,
    interval: ProgressInterval,
    player: &mut Player<V, A, S>,
    observer: &mut O,
) -> Carried
where
    V: Deref<Target = Video>,
    A: AbrStrategy,
    S: Scheduling,
    N: NetworkModel,
    O: Observer,
{
    let id = air.id;
    let followed = air.attention > Attention::Ending;
    if air.open(link, ahead) {
        air.look = interval.time.max(air.latency);
        if air.latency <= Seconds::ZERO {
            player.received(id, Bits::ZERO, observer);
        }
    }
    let mut passed = Seconds::ZERO;
    // The link is ahead: the player hears of its first bit when the latency has passed.
    if air.told < air.latency {
        let rest = air.latency - air.told;
        if most < rest {
            player.elapsed(most);
            air.told += most;
            return Carried::On;
        }
        passed = rest;
        air.told = air.latency;
        player.elapsed(passed);
        player.received(id, Bits::ZERO, observer);
        if air.attention == Attention::News {
            return Carried::On;
        }
    }
    loop {
        let look = if followed { air.look - air.told } else { Seconds::INFINITY };
        let time = look.min(most - passed).max(Seconds::ZERO);
        if time > Seconds::ZERO {
            let rest = air.flight.size - air.flight.received;
            let carried = link.carry(rest, ProgressInterval { bits: Bits::ZERO, time });
            if carried.time == Seconds::INFINITY && most < Seconds::INFINITY {
                // Nothing more will come, and there is something to do before that matters.
                player.elapsed(most);
                air.told += most - passed;
                return Carried::On;
            }
            if carried.time == Seconds::INFINITY {
                return Carried::Dead;
            }
            air.flight.received += carried.bits;
            air.told += carried.time;
            passed += carried.time;
        }
        player.elapsed(passed);
        if air.flight.received >= air.flight.size {
            return Carried::Whole;
        }
        if look > time {
            player.received(id, air.flight.received, observer);
            return Carried::On;
        }
        air.look = air.told + interval.time.max(Seconds::from_millis(1.0));
        player.received(id, air.flight.received, observer);
        if player.look(id, air.flight.received) == Look::Ask || air.attention == Attention::News {
            return Carried::On;
        }
    }
}
