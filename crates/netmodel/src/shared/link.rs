//! The shared link: a way, its clients' connections, and the flows on them, from event to event.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use units::{BitRate, Bits, Seconds};

use super::fair::{Fair, Key};
use super::flow::{Flow, Goal, Stage};
use super::line::{Line, Reached};
use super::{Ask, Client, FlowId, News, Passed, Report, SharedLink};
use crate::channel::{CLOSE, Channel};
use crate::impair::{self, AnyChannel, AnyLimit, Clients, Impairment};
use crate::{LinkOptions, NetworkError, Trace};

/// The round trip of a flow of weight 1 where round trips have an influence.
const MIDDLE: Seconds = Seconds::from_millis(100.0);

/// Below this, round trips make no difference any more.
const SHORTEST: Seconds = Seconds::from_millis(1.0);

/// How far the link's clock may run per connection before it begins anew. It does so when nothing is in flight, and
/// otherwise after [`LATEST`]: small numbers are exact ones.
const ANEW: Seconds = Seconds::from_millis(16.0);
const LATEST: Seconds = Seconds::from_millis(1_048_576.0);

/// A place for a flow, and how many were in it.
struct Slot {
    turn: u32,
    flow: Option<Flow>,
}

/// A link that is shared max-min.
pub struct Shared {
    way: AnyChannel,
    clients: Clients,
    latency_takes_link_time: bool,
    rtt_bias: f64,
    /// The connections of each client, by their number among all.
    members: Vec<Vec<usize>>,
    lines: Vec<Line>,
    slots: Vec<Slot>,
    vacant: Vec<usize>,
    fair: Fair,
    now: Seconds,
    timers: BTreeSet<(Key, usize)>,
    /// Flows to which it matters that the way changes; those whose limits drain as rates let them; those with a piece that
    /// is there.
    touchy: BTreeSet<usize>,
    restless: BTreeSet<usize>,
    ready: BTreeSet<usize>,
    /// The rates for which the restless ones were looked at; None: they have to be.
    calm_at: Option<u64>,
    /// A stretch of the way was spent to its end.
    turned: bool,
    waiting: usize,
    receiving: usize,
    /// Flows of which there will be news: all but those without end.
    awaited: usize,
    offered: Bits,
    carried: Bits,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("clients", &self.members.len())
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

enum Next {
    /// A flow has what it aims at.
    Aim(usize, Seconds),
    Timer(usize, Seconds),
    Way,
    /// Nothing, in the time that was asked about.
    Nothing,
}

impl Shared {
    /// A link over a trace with impairments, shared by clients that have their own part of the chain: see the
    /// [module](super). What is random follows from `seed`, the name of the trace and the number of the client; the first
    /// client meets what a flow alone meets ([`impair::link`]).
    ///
    /// # Errors
    /// As [`impair::link`].
    pub fn over(
        trace: Arc<Trace>,
        options: LinkOptions,
        chain: &[Impairment],
        seed: u64,
    ) -> Result<Shared, NetworkError> {
        let (way, clients) = impair::shared(trace, options, chain, seed)?;
        let mut fair = Fair::new();
        fair.set_capacity(way.stretch(BitRate::INFINITY).rate);
        Ok(Shared {
            way,
            clients,
            latency_takes_link_time: options.latency_takes_link_time,
            rtt_bias: 0.0,
            members: Vec::new(),
            lines: Vec::new(),
            slots: Vec::new(),
            vacant: Vec::new(),
            fair,
            now: Seconds::ZERO,
            timers: BTreeSet::new(),
            touchy: BTreeSet::new(),
            restless: BTreeSet::new(),
            ready: BTreeSet::new(),
            calm_at: None,
            turned: false,
            waiting: 0,
            receiving: 0,
            awaited: 0,
            offered: Bits::ZERO,
            carried: Bits::ZERO,
        })
    }

    /// Shares are in proportion to round trip to the power of minus `bias`: 0 for equal shares, 1 for what the throughput
    /// of competing Reno flows does (Mathis et al., CCR 27(3), 1997; Lakshman and Madhow, IEEE/ACM ToN 5(3), 1997, find up
    /// to 2). Below a millisecond round trips make no difference.
    ///
    /// # Errors
    /// [`NetworkError::Option`] outside of 0..=2.
    pub fn with_rtt_bias(self, bias: f64) -> Result<Shared, NetworkError> {
        match (0.0..=2.0).contains(&bias) {
            true => Ok(Shared { rtt_bias: bias, ..self }),
            false => Err(NetworkError::Option { option: "rtt_bias", value: bias, expected: "0 to 2" }),
        }
    }

    /// Other traffic: a flow without end, of a client of its own, within a limit.
    pub fn cross(&mut self, limit: AnyLimit) -> FlowId {
        let client = self.join();
        if let Some(line) = self.members[client.0 as usize].first() {
            self.lines[*line].add_limit(limit);
        }
        self.open(client, 0, Ask::of(Bits::INFINITY))
    }

    /// What a flow gets of the way now.
    pub fn rate(&mut self, flow: FlowId) -> BitRate {
        self.calm();
        if self.flow(flow).is_some() { self.fair.rate(flow.slot as usize) } else { BitRate::ZERO }
    }

    fn flow(&self, id: FlowId) -> Option<&Flow> {
        let slot = self.slots.get(id.slot as usize).filter(|s| s.turn == id.turn)?;
        slot.flow.as_ref()
    }

    /// The first connection of a client on which nothing is requested; a new one if there is none.
    fn line(&mut self, client: Client) -> usize {
        let own = &self.members[client.0 as usize];
        if let Some(line) = own.iter().find(|l| !self.lines[**l].busy) {
            return *line;
        }
        let line = Line::new(self.clients.make(client.0, own.len()), self.now);
        self.lines.push(line);
        self.members[client.0 as usize].push(self.lines.len() - 1);
        self.lines.len() - 1
    }

    /// Lets the clock begin anew.
    fn rebase(&mut self) {
        let by = std::mem::replace(&mut self.now, Seconds::ZERO);
        self.fair.rebase();
        self.lines.iter_mut().for_each(|l| l.rests_since -= by);
        self.timers.clear();
        for (i, slot) in self.slots.iter_mut().enumerate() {
            let Some(flow) = &mut slot.flow else { continue };
            flow.counted -= by;
            flow.opened -= by;
            flow.asked -= by;
            flow.limit_at -= by;
            flow.look_at -= by;
            if let Some(timer) = &mut flow.timer {
                timer.0 -= by.millis();
                self.timers.insert((*timer, i));
            }
        }
    }

    /// Notes when it is time for a flow.
    fn set_timer(&mut self, slot: usize) {
        let Some(flow) = &mut self.slots[slot].flow else { return };
        let due = flow.due(self.now);
        let timer = (due < Seconds::INFINITY).then(|| Key(due.millis()));
        if timer == flow.timer {
            return;
        }
        if let Some(old) = std::mem::replace(&mut flow.timer, timer) {
            self.timers.remove(&(old, slot));
        }
        if let Some(new) = timer {
            self.timers.insert((new, slot));
        }
    }

    /// Counts what came to a flow since it was counted; `reached`: which limits have come to an end now.
    fn count(&mut self, slot: usize, reached: Reached) {
        let Some(flow) = &mut self.slots[slot].flow else { return };
        let line = &mut self.lines[flow.line];
        let time = self.now - flow.counted;
        flow.counted = self.now;
        match &mut flow.stage {
            Stage::Waiting { extra, round_trips } => {
                let waited = time.min(*extra);
                *extra -= waited;
                if flow.rtt > Seconds::ZERO {
                    *round_trips -= (time - waited) / flow.rtt;
                }
                line.wait(time, flow.rtt);
            }
            Stage::Receiving => {
                let constant = self.fair.constant_since(flow.version, slot);
                let bits = self.fair.count(slot);
                if time <= Seconds::ZERO && reached == Reached::default() {
                    flow.received += bits * flow.asks.map_or(1.0, |a| a.arrives);
                    return;
                }
                // The mean, if it was not the same all the time; and that of no time is that of the next.
                let mean = |fair: &mut Fair| if time > Seconds::ZERO { bits / time } else { fair.rate(slot) };
                let rate = constant.unwrap_or_else(|| mean(&mut self.fair));
                flow.received += bits * line.pass(time, rate, flow.rtt, reached);
            }
        }
    }

    /// What a flow asks of the way from now on, and what it waits for. It has been counted.
    fn ask(&mut self, slot: usize) {
        let carries = self.way.stretch(BitRate::INFINITY).rate > BitRate::ZERO;
        let Some(flow) = &mut self.slots[slot].flow else { return };
        if flow.stage != Stage::Receiving {
            return;
        }
        if flow.piece_is_there() {
            self.fair.leave(slot);
            self.ready.insert(slot);
            return;
        }
        let supplied = flow.available() <= self.now;
        let demand = if supplied { BitRate::INFINITY } else { BitRate::ZERO };
        let asks = self.lines[flow.line].ask(demand, carries, flow.rtt);
        flow.asks = Some(asks);
        flow.limit_at = self.now + asks.time;
        flow.drains = None;
        let (mut aim, mut goal) = (asks.bits, Goal::Limit);
        if asks.arrives > 0.0 {
            let look = flow.missing_for_a_look(self.now).map(|bits| bits.max(Bits::ZERO) / asks.arrives);
            if let Some(look) = look.filter(|look| *look <= aim) {
                (aim, goal) = (look, Goal::Look);
            }
            let piece = flow.missing() / asks.arrives;
            if piece <= aim + flow.size.min(piece) * CLOSE {
                (aim, goal) = (piece, Goal::Piece);
            }
        }
        flow.goal = goal;
        let weight = match self.rtt_bias {
            0.0 => 1.0,
            bias => libm::pow(MIDDLE / flow.rtt.max(SHORTEST), bias),
        };
        self.fair.set(slot, asks.wanted, weight);
        self.fair.aim(slot, aim);
        flow.version = self.fair.coming();
        if asks.restless {
            self.restless.insert(slot);
            self.calm_at = None;
        } else {
            self.restless.remove(&slot);
        }
        self.set_timer(slot);
    }

    /// Everything is as it is at this moment: the way may have turned into its next stretch, and rates changed for the flows
    /// whose limits drain.
    fn calm(&mut self) {
        if self.turned {
            self.follow_the_way();
        }
        if self.restless.is_empty() || self.calm_at == Some(self.fair.version()) {
            return;
        }
        let slots: Vec<usize> = self.restless.iter().copied().collect();
        for slot in &slots {
            self.count(*slot, Reached::default());
            self.ask(*slot);
        }
        for slot in slots {
            let rate = self.fair.rate(slot);
            let Some(flow) = &mut self.slots[slot].flow else { continue };
            flow.version = self.fair.coming();
            let (time, which) = self.lines[flow.line].drains(rate, flow.rtt);
            if self.now + time < flow.limit_at {
                (flow.limit_at, flow.drains) = (self.now + time, which);
            }
            self.set_timer(slot);
        }
        self.calm_at = Some(self.fair.version());
    }

    /// The way is another one than before.
    fn follow_the_way(&mut self) {
        self.turned = false;
        let stretch = self.way.stretch(BitRate::INFINITY);
        self.fair.set_capacity(stretch.rate);
        for slot in self.touchy.clone() {
            let Some(flow) = &self.slots[slot].flow else { continue };
            let rtt = self.way.round_trip_of(self.lines[flow.line].drawn());
            if flow.stage != Stage::Receiving && flow.rtt == rtt {
                continue;
            }
            self.count(slot, Reached::default());
            let Some(flow) = &mut self.slots[slot].flow else { continue };
            flow.rtt = rtt;
            if let Stage::Waiting { extra, round_trips } = flow.stage {
                flow.limit_at = self.now + extra + round_trips * rtt;
                self.set_timer(slot);
            } else {
                self.ask(slot);
            }
        }
    }

    /// The clock of the way stands still: where latency takes no time of the link, while a lonely request waits.
    fn stands_still(&self) -> bool {
        !self.latency_takes_link_time && self.waiting > 0 && self.receiving == 0
    }

    fn next(&mut self, most: Seconds) -> Next {
        self.calm();
        if let Some(slot) = self.ready.first() {
            return Next::Aim(*slot, Seconds::ZERO);
        }
        let stretch = self.way.stretch(BitRate::INFINITY);
        let way = if self.stands_still() || stretch.over { Seconds::INFINITY } else { stretch.holds };
        let timer = self.timers.first().map(|(at, slot)| (Seconds::from_millis(at.0) - self.now, *slot));
        let first = timer.map_or(Seconds::INFINITY, |t| t.0).min(way).min(most);
        if let Some((time, slot)) = self.fair.next() {
            // A transfer that ends with something else ends with it, whatever rounding says.
            let flow = self.slots[slot].flow.as_ref().filter(|f| first < time && f.goal == Goal::Piece);
            let close = flow.map_or(Seconds::ZERO, |f| f.size * CLOSE / self.fair.rate(slot));
            if time <= first + close {
                return Next::Aim(slot, time);
            }
        }
        match timer {
            Some((time, slot)) if time <= first => Next::Timer(slot, time),
            _ if most <= first => Next::Nothing,
            _ => Next::Way,
        }
    }

    /// Time passes in which nothing changes.
    fn pass(&mut self, time: Seconds) {
        let moves = !self.stands_still();
        if moves {
            self.turned |= self.way.stretch(BitRate::INFINITY).holds <= time;
            let used = self.account(time);
            self.way.spend(time, used);
        }
        self.fair.pass(time);
        self.now += time;
    }

    /// What the way carries in a time, in all.
    fn account(&mut self, time: Seconds) -> BitRate {
        let used = self.fair.used();
        self.offered += self.way.stretch(BitRate::INFINITY).rate * time;
        self.carried += used * time;
        used
    }

    /// The present stretch of the way passes to its end.
    fn cross_the_way(&mut self) -> Seconds {
        let time = self.way.stretch(BitRate::INFINITY).holds;
        self.account(time);
        self.way.cross(BitRate::INFINITY);
        self.fair.pass(time);
        self.now += time;
        self.follow_the_way();
        time
    }

    /// A flow has what it aimed at.
    fn reached(&mut self, slot: usize) -> Option<Report> {
        if self.ready.remove(&slot) {
            return self.piece(slot);
        }
        let goal = self.slots[slot].flow.as_ref()?.goal;
        self.count(slot, Reached { bits: goal == Goal::Limit, ..Reached::default() });
        match goal {
            Goal::Piece => self.piece(slot),
            Goal::Look => self.look(slot),
            Goal::Limit => {
                self.ask(slot);
                None
            }
        }
    }

    /// A piece of a flow is there.
    fn piece(&mut self, slot: usize) -> Option<Report> {
        let now = self.now;
        let flow = self.slots[slot].flow.as_mut()?;
        let what = flow.finish_piece(now);
        let report = flow.report(what, flow.received, now);
        match what {
            News::Whole => self.end(slot),
            _ => self.ask(slot),
        }
        Some(report)
    }

    fn look(&mut self, slot: usize) -> Option<Report> {
        let now = self.now;
        let flow = self.slots[slot].flow.as_mut()?;
        flow.look(now);
        let report = flow.report(News::Look, flow.received, now);
        self.ask(slot);
        Some(report)
    }

    /// It is time for a flow.
    fn due(&mut self, slot: usize) -> Option<Report> {
        let now = self.now;
        let flow = self.slots[slot].flow.as_ref()?;
        if flow.stage != Stage::Receiving {
            return self.begin(slot);
        }
        let mut reached = Reached::default();
        if flow.limit_at <= now {
            (reached.drained, reached.time) = (flow.drains, flow.drains.is_none());
        }
        self.count(slot, reached);
        let flow = self.slots[slot].flow.as_ref()?;
        if flow.missing_for_a_look(now).is_some_and(|bits| bits <= Bits::ZERO) && !flow.piece_is_there() {
            return self.look(slot);
        }
        self.ask(slot);
        None
    }

    /// The first bit of a flow comes.
    fn begin(&mut self, slot: usize) -> Option<Report> {
        self.count(slot, Reached::default());
        let now = self.now;
        let flow = self.slots[slot].flow.as_mut()?;
        flow.stage = Stage::Receiving;
        flow.latency = now - flow.opened;
        let report = flow.first_bit.then(|| flow.report(News::FirstBit, Bits::ZERO, now));
        let limited = self.lines[flow.line].is_limited();
        (self.waiting, self.receiving) = (self.waiting - 1, self.receiving + 1);
        if !limited && self.rtt_bias == 0.0 {
            self.touchy.remove(&slot);
        }
        self.ask(slot);
        report
    }

    /// A flow is no more.
    fn end(&mut self, slot: usize) {
        let place = &mut self.slots[slot];
        let Some(flow) = place.flow.take() else { return };
        place.turn = place.turn.wrapping_add(1);
        self.vacant.push(slot);
        self.awaited -= usize::from(flow.is_awaited());
        match flow.stage {
            Stage::Receiving => self.receiving -= 1,
            Stage::Waiting { .. } => self.waiting -= 1,
        }
        if let Some(timer) = flow.timer {
            self.timers.remove(&(timer, slot));
        }
        self.fair.leave(slot);
        for set in [&mut self.touchy, &mut self.restless, &mut self.ready] {
            set.remove(&slot);
        }
        let line = &mut self.lines[flow.line];
        (line.busy, line.rests_since) = (false, self.now);
    }

    /// A flow that gets nothing any more.
    fn dead(&mut self) -> Option<Report> {
        let mut flows = self.slots.iter().enumerate();
        let (slot, _) = flows.find(|(_, s)| s.flow.as_ref().is_some_and(|f| f.stage == Stage::Receiving))?;
        self.count(slot, Reached::default());
        let flow = self.slots[slot].flow.as_ref()?;
        let report = flow.report(News::Dead, flow.received, self.now);
        self.end(slot);
        Some(report)
    }
}

impl SharedLink for Shared {
    fn join(&mut self) -> Client {
        let client = Client(self.members.len() as u32);
        self.members.push(Vec::new());
        self.line(client);
        client
    }

    fn open(&mut self, client: Client, _: u16, ask: Ask) -> FlowId {
        let alone = self.waiting + self.receiving == 0;
        if self.now > LATEST || (alone && self.now > ANEW * self.lines.len() as f64) {
            self.rebase();
        }
        let line = self.line(client);
        let waits = self.lines[line].request(self.now);
        let rtt = self.way.round_trip_of(self.lines[line].drawn());
        let slot = self.vacant.pop().unwrap_or_else(|| {
            self.slots.push(Slot { turn: 0, flow: None });
            self.slots.len() - 1
        });
        let id = FlowId { source: 0, slot: slot as u32, turn: self.slots[slot].turn };
        let stage = Stage::Waiting { extra: waits.extra, round_trips: waits.round_trips };
        let mut flow = Flow::new(id, line, ask, stage, rtt, self.now);
        flow.limit_at = self.now + waits.extra + waits.round_trips * rtt;
        self.awaited += usize::from(flow.is_awaited());
        self.slots[slot].flow = Some(flow);
        self.waiting += 1;
        self.touchy.insert(slot);
        self.set_timer(slot);
        id
    }

    fn close(&mut self, flow: FlowId) -> Bits {
        if self.flow(flow).is_none() {
            return Bits::ZERO;
        }
        let slot = flow.slot as usize;
        self.count(slot, Reached::default());
        let received = self.received(flow);
        self.end(slot);
        received
    }

    fn received(&mut self, flow: FlowId) -> Bits {
        let uncounted = self.fair.uncounted(flow.slot as usize);
        self.flow(flow).map_or(Bits::ZERO, |f| f.received + uncounted * f.asks.map_or(0.0, |a| a.arrives))
    }

    fn offered_and_carried(&self) -> (Bits, Bits) {
        (self.offered, self.carried)
    }

    fn quiet(&mut self) -> Seconds {
        match self.next(Seconds::INFINITY) {
            _ if self.awaited == 0 => Seconds::INFINITY,
            _ if self.receiving > 0 && self.way.stretch(BitRate::INFINITY).over => Seconds::ZERO,
            Next::Aim(_, time) | Next::Timer(_, time) => time.max(Seconds::ZERO),
            Next::Way => self.way.stretch(BitRate::INFINITY).holds.max(Seconds::ZERO),
            Next::Nothing => Seconds::INFINITY,
        }
    }

    fn lapse(&mut self, time: Seconds) {
        let mut rest = time;
        while let Next::Way = self.next(rest) {
            rest -= self.cross_the_way();
        }
        self.pass(rest);
    }

    fn advance(&mut self, most: Seconds) -> Passed {
        let mut passed = Seconds::ZERO;
        loop {
            if self.receiving > 0 && self.ready.is_empty() && self.way.stretch(BitRate::INFINITY).over {
                return Passed { time: passed, news: self.dead() };
            }
            let news = match self.next(most - passed) {
                Next::Aim(slot, time) => {
                    self.pass(time);
                    passed += time;
                    self.reached(slot)
                }
                Next::Timer(slot, time) => {
                    self.pass(time);
                    passed += time;
                    // To the very instant that was noted.
                    if let Some(timer) = self.slots[slot].flow.as_ref().and_then(|f| f.timer) {
                        self.now = Seconds::from_millis(timer.0);
                    }
                    self.due(slot)
                }
                Next::Way if most == Seconds::INFINITY && self.awaited == 0 => {
                    return Passed { time: most, news: None };
                }
                Next::Way => {
                    passed += self.cross_the_way();
                    None
                }
                Next::Nothing if most == Seconds::INFINITY => return Passed { time: most, news: None },
                Next::Nothing => {
                    self.pass(most - passed);
                    return Passed { time: most, news: None };
                }
            };
            if news.is_some() {
                return Passed { time: passed, news };
            }
        }
    }
}
