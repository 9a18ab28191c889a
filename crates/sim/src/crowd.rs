//! A crowd: any number of players on one shared link, and how fairly they share it.
//!
//! [`drive`] runs them from event to event: the link names its next news, each player the time when it has something to do. A
//! crowd of one is [`sim::drive`](crate::drive) (for players that make one request at a time: of several at once, each has a
//! connection of its own here, and they take turns on one there).
//!
//! ```
//! use abr::RuleSource;
//! use media::{Ladder, Video};
//! use netmodel::Trace;
//! use sim::crowd::{self, Guest};
//! use units::Seconds;
//!
//! let ladder = Ladder::from_kbps(&[300.0, 750.0, 1200.0, 2400.0])?;
//! let video = Video::constant_bitrate("talk", ladder, Seconds::new(4.0), Seconds::new(120.0))?;
//! let trace = Trace::steps("constant", &[(60.0, 4.0)], Seconds::new(0.05))?;
//! let profile = sim::profile("default")?;
//! let guest = |rule: &'static str, start: f64| Guest { rule, profile: &profile, start: Seconds::new(start) };
//! let guests = [guest("throughput", 0.0), guest("bola", 5.0)];
//! let crowd = crowd::play(&trace.into(), &video, &profile, &guests, 0)?;
//! assert_eq!(crowd.sessions.len(), 2);
//! assert!(crowd.jain() > 0.9 && crowd.utilisation <= 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

use abr::{AbrStrategy, Attention, BoxedRule, RuleSource};
use media::Video;
use netmodel::shared::{Ask, Chunk, Client, FlowId, News, Report, Shared, SharedLink, Supply};
use netmodel::{ProgressInterval, Trace};
use player::{Action, Ended, Look, Observer, Player, Recorder, Request, RequestId, Scheduling};
use qoe::{Session, Summary};
use units::{Bits, Seconds};

use crate::{Profile, SimError, Stop};

/// A player of a crowd, its observer, and when it comes.
#[derive(Debug)]
pub struct Member<V, A, S, O> {
    /// The player. Its clock begins when it comes.
    pub player: Player<V, A, S>,
    /// Who is told.
    pub observer: O,
    /// When it comes.
    pub start: Seconds,
}

/// A request in flight.
struct Air {
    request: Request,
    flow: FlowId,
    /// It was made when the player was asked last.
    young: bool,
    /// Its first bit has come.
    flows: bool,
    /// Looks up to this time since the request change nothing.
    until: Seconds,
    /// When its chunks can be sent, of a segment that is delivered while it is produced, and how many are there: the player is
    /// told when it has waited for one and it begins. Such a segment cannot be given up, so it is not looked at.
    chunks: Vec<Seconds>,
    /// Each of them is asked for when the one before has come.
    asked: bool,
    there: usize,
}

impl Air {
    /// The chunk that is not produced yet and the next to come.
    fn begins(&self, now: Seconds) -> Option<Seconds> {
        self.chunks.get(self.there).map(|at| *at - now).filter(|time| self.flows && *time > NOW)
    }
}

/// What the driver knows of a member.
struct Seat {
    client: Option<Client>,
    /// When the player was asked last, and for how long it waits at most.
    asked: Seconds,
    most: Seconds,
    air: Vec<Air>,
    stop: Option<Stop>,
}

/// Runs all players to their ends. How each of them stopped, and what the link had offered and carried when the last bit was
/// there.
///
/// A player whose rule lives outside stops with [`Stop::Decide`]: there is nobody to answer.
pub fn drive<L, V, A, S, O>(link: &mut L, members: &mut [Member<V, A, S, O>]) -> (Vec<Stop>, (Bits, Bits))
where
    L: SharedLink,
    V: Deref<Target = Video>,
    A: AbrStrategy,
    S: Scheduling,
    O: Observer,
{
    let mut crowd = Driver {
        seats: members
            .iter()
            .map(|m| Seat { client: None, asked: m.start, most: Seconds::ZERO, air: Vec::new(), stop: None })
            .collect(),
        due: members.iter().enumerate().map(|(i, m)| (order(m.start), i)).collect(),
        flows: BTreeMap::new(),
        now: Seconds::ZERO,
        totals: (Bits::ZERO, Bits::ZERO),
        link,
        members,
    };
    while crowd.seats.iter().any(|s| s.stop.is_none()) {
        let first = crowd.due.first().copied();
        let at = first.map_or(Seconds::INFINITY, |(at, _)| Seconds::from_millis(f64::from_bits(at)));
        if let Some((key, member)) = first.filter(|_| at <= crowd.now) {
            crowd.due.remove(&(key, member));
            crowd.is_due(member);
            continue;
        }
        let passed = crowd.link.advance(at - crowd.now);
        match passed.news {
            Some(report) => {
                crowd.now += passed.time;
                if let Some(member) = crowd.flows.get(&report.flow).copied() {
                    crowd.tell(member, report);
                }
            }
            None if at < Seconds::INFINITY => crowd.now = at,
            None => break,
        }
    }
    let stops = crowd.seats.iter().map(|s| s.stop.unwrap_or(Stop::Paused)).collect();
    (stops, crowd.totals)
}

/// What is no later than this from now is now.
const NOW: Seconds = Seconds::from_millis(1e-6);

/// Times from zero on in the order of their bits.
fn order(time: Seconds) -> u64 {
    time.max(Seconds::ZERO).millis().to_bits()
}

struct Driver<'a, L, V, A, S, O> {
    link: &'a mut L,
    members: &'a mut [Member<V, A, S, O>],
    now: Seconds,
    seats: Vec<Seat>,
    /// Who has something to do when.
    due: BTreeSet<(u64, usize)>,
    flows: BTreeMap<FlowId, usize>,
    totals: (Bits, Bits),
}

impl<L, V, A, S, O> Driver<'_, L, V, A, S, O>
where
    L: SharedLink,
    V: Deref<Target = Video>,
    A: AbrStrategy,
    S: Scheduling,
    O: Observer,
{
    /// A member comes, or its wait is over.
    fn is_due(&mut self, who: usize) {
        let (seat, member) = (&mut self.seats[who], &mut self.members[who]);
        if seat.client.is_none() {
            seat.client = Some(self.link.join());
        } else {
            member.player.elapsed(seat.most);
            for air in seat.air.iter().filter(|a| a.flows) {
                let received = self.link.received(air.flow);
                member.player.received(air.request.id, received, &mut member.observer);
            }
        }
        self.ask(who);
    }

    /// Does what a player says until it waits.
    fn ask(&mut self, who: usize) {
        self.due.remove(&(order(self.seats[who].asked + self.seats[who].most), who));
        for air in &mut self.seats[who].air {
            // What a look has promised holds no longer: the rate may change now.
            (air.young, air.until) = (false, Seconds::ZERO);
        }
        let stop = loop {
            let Member { player, observer, .. } = &mut self.members[who];
            match player.next(observer) {
                Action::Fetch(id) => self.fetch(who, id),
                Action::Cancel(id) => {
                    let air = &mut self.seats[who].air;
                    if let Some(at) = air.iter().position(|a| a.request.id == id) {
                        let gone = air.swap_remove(at);
                        self.close(gone.flow);
                    }
                    let Member { player, observer, .. } = &mut self.members[who];
                    player.ended(id, Ended::Cancelled, observer);
                }
                Action::Wait(most) => {
                    let seat = &mut self.seats[who];
                    let most = seat.air.iter().filter_map(|a| a.begins(self.now)).fold(most, Seconds::min);
                    (seat.asked, seat.most) = (self.now, most);
                    if most < Seconds::INFINITY {
                        self.due.insert((order(self.now + most), who));
                    } else if seat.air.is_empty() {
                        break Stop::Paused;
                    }
                    return;
                }
                Action::Decide => break Stop::Decide,
                Action::End => break Stop::Complete,
            }
        };
        self.leave(who, stop);
    }

    fn fetch(&mut self, who: usize, id: RequestId) {
        let player = &self.members[who].player;
        let (Some(client), Some(&request)) = (self.seats[who].client, player.request(id)) else { return };
        let (options, now) = (player.options(), player.now());
        let (mut there, mut asked, mut chunks, mut pieces) = (Bits::ZERO, false, Vec::new(), Vec::new());
        for chunk in (0..).map_while(|k| player.chunk(&request, k)) {
            let available = chunk.at - now;
            chunks.push(self.now + available);
            pieces.push(Chunk { size: chunk.size - there, available, asked: chunk.asked });
            (there, asked) = (chunk.size, chunk.asked);
        }
        let supply = if pieces.is_empty() { Supply::Whole } else { Supply::Chunks(pieces) };
        let looks = match request.attention {
            _ if !chunks.is_empty() => None,
            Attention::Ending => None,
            Attention::Looks => Some(ProgressInterval { bits: options.look_bits, time: options.look_time }),
            // Whoever wants news wants them at least once a millisecond.
            Attention::News => Some(ProgressInterval {
                bits: Bits::ZERO,
                time: options.look_time.max(Seconds::from_millis(1.0)),
            }),
        };
        let ask = Ask { size: request.size, supply, first_bit: true, looks };
        let flow = self.link.open(client, request.source, ask);
        self.flows.insert(flow, who);
        self.seats[who].air.push(Air {
            request,
            flow,
            young: true,
            flows: false,
            until: Seconds::ZERO,
            chunks,
            asked,
            there: 0,
        });
    }

    fn close(&mut self, flow: FlowId) {
        self.link.close(flow);
        self.flows.remove(&flow);
        self.totals = self.link.offered_and_carried();
    }

    fn leave(&mut self, who: usize, stop: Stop) {
        self.seats[who].stop = Some(stop);
        for air in std::mem::take(&mut self.seats[who].air) {
            self.close(air.flow);
        }
    }

    /// Tells a player the news of one of its requests.
    fn tell(&mut self, who: usize, report: Report) {
        let Member { player, observer, .. } = &mut self.members[who];
        let seat = &mut self.seats[who];
        let Some(at) = seat.air.iter().position(|a| a.flow == report.flow) else { return };
        let air = &mut seat.air[at];
        // Of a request that is as old as the question, the link knows the time to the last bit.
        let since = if air.young { report.elapsed } else { self.now - seat.asked };
        let (id, attention) = (air.request.id, air.request.attention);
        let ask = match report.what {
            News::FirstBit => {
                air.flows = true;
                player.elapsed(since);
                player.received(id, Bits::ZERO, observer);
                attention == Attention::News
            }
            News::Look if attention == Attention::Looks && report.elapsed <= air.until => false,
            News::Look | News::Chunk => {
                player.elapsed(since);
                air.there += usize::from(report.what == News::Chunk);
                if let Some(at) = air.chunks.get_mut(air.there).filter(|_| air.asked) {
                    *at = at.max(self.now + report.latency);
                }
                if attention == Attention::News {
                    player.received(id, report.received, observer);
                }
                if air.chunks.is_empty() {
                    air.until = match player.look(id, report.received) {
                        Look::Continue { until } => until,
                        Look::Ask => Seconds::INFINITY,
                    };
                }
                attention == Attention::News || air.until == Seconds::INFINITY
            }
            News::Whole => {
                player.elapsed(since);
                player.ended(id, Ended::Whole, observer);
                seat.air.swap_remove(at);
                self.close(report.flow);
                true
            }
            News::Dead => {
                player.network_ended(observer);
                seat.air.swap_remove(at);
                self.close(report.flow);
                return self.leave(who, Stop::NetworkEnded);
            }
        };
        if ask {
            self.ask(who);
        }
    }
}

/// A player to be: its rule, how it schedules, and when it comes.
#[derive(Debug)]
pub struct Guest<'a, R: ?Sized = str> {
    pub rule: &'a R,
    /// The player. Its link counts for nothing here.
    pub profile: &'a Profile,
    /// When it comes.
    pub start: Seconds,
}

/// A guest who has come.
type Recorded = Member<Arc<Video>, BoxedRule, Box<dyn Scheduling>, Recorder>;

/// What became of a crowd.
#[derive(Clone, Debug, PartialEq)]
pub struct Crowd {
    /// The record of each player, on its own clock.
    pub sessions: Vec<Session>,
    pub stops: Vec<Stop>,
    /// Share of what the link could have carried that it did carry, until the last bit was there.
    pub utilisation: f64,
}

/// Lets guests play a video over one trace, which they share. The link (trace, options, impairments) is that of `link`.
///
/// # Errors
/// [`SimError`] for an unknown rule or option, or options that do not fit the trace or the video.
pub fn play<R: RuleSource + ?Sized>(
    trace: &Arc<Trace>,
    video: &Video,
    link: &Profile,
    guests: &[Guest<'_, R>],
    seed: u64,
) -> Result<Crowd, SimError> {
    let mut shared = Shared::over(trace.clone(), link.link, &link.impairments, seed)?;
    play_on(&mut shared, trace.name(), video, guests, seed)
}

/// Lets guests play a video over any shared link; `name` is what it is called in the records.
///
/// # Errors
/// As [`play`].
pub fn play_on<L: SharedLink, R: RuleSource + ?Sized>(
    link: &mut L,
    name: &str,
    video: &Video,
    guests: &[Guest<'_, R>],
    seed: u64,
) -> Result<Crowd, SimError> {
    let video = Arc::new(video.clone());
    let mut adapted: Vec<(&Profile, Arc<Video>)> = Vec::new();
    let mut members: Vec<Recorded> = Vec::new();
    for guest in guests {
        let known = adapted.iter().find(|(profile, _)| std::ptr::eq(*profile, guest.profile));
        let video = match known {
            // All watch one event, of which whoever comes later has missed more.
            _ if guest.profile.live.is_some() => Arc::new(guest.profile.joining(&video, guest.start)),
            Some((_, video)) => video.clone(),
            None => {
                let video = guest.profile.adapt(&video).map_or_else(|| video.clone(), Arc::new);
                adapted.push((guest.profile, video.clone()));
                video
            }
        };
        let (rule, options) = (guest.rule.build()?, guest.profile.player.clone());
        let player = Player::with(video, rule, guest.profile.scheduling(), options)?;
        members.push(Member { player, observer: Recorder::default(), start: guest.start });
    }
    let (stops, (offered, carried)) = drive(link, &mut members);
    let session = |(member, guest): (Member<_, _, _, Recorder>, &Guest<'_, R>)| Session {
        abr: guest.rule.name().to_string(),
        profile: guest.profile.name.clone(),
        trace: name.to_string(),
        seed,
        ..member.observer.into_session()
    };
    let utilisation = if offered > Bits::ZERO { carried / offered } else { 0.0 };
    Ok(Crowd { sessions: members.into_iter().zip(guests).map(session).collect(), stops, utilisation })
}

impl Crowd {
    /// Jain's index of the mean bitrates.
    pub fn jain(&self) -> f64 {
        let rates: Vec<f64> = self.sessions.iter().map(|s| Summary::of(s).mean_bitrate_kbps.kbps()).collect();
        jain(&rates)
    }

    /// How unstable the bitrates are: [`instability`], the mean over players.
    pub fn instability(&self) -> f64 {
        let each = self.sessions.iter().map(instability);
        each.sum::<f64>() / self.sessions.len().max(1) as f64
    }
}

/// Jain's fairness index (Jain, Chiu, Hawe, DEC-TR-301, 1984): 1 if all are equal, 1/n if one has everything. Of nobody, and
/// where all have nothing, 1. `sqrt(1 - index)` is the unfairness of FESTIVE (Jiang, Sekar, Zhang, CoNEXT 2012).
pub fn jain(shares: &[f64]) -> f64 {
    let (sum, squares) = shares.iter().fold((0.0, 0.0), |(s, q), x| (s + x, q + x * x));
    if squares > 0.0 { sum * sum / (shares.len() as f64 * squares) } else { 1.0 }
}

/// Seconds that FESTIVE's instability looks back.
const LOOKS_BACK: usize = 20;

/// The instability of FESTIVE (Jiang, Sekar, Zhang, CoNEXT 2012, section 2), the mean over the seconds of a session: of the
/// last 20 seconds, the weighted sum of the changes of the bitrate from second to second, over the weighted sum of the
/// bitrates; weights fall linearly from now to then. The bitrate of a second is that of the media segment asked for last.
pub fn instability(session: &Session) -> f64 {
    let mut rates: Vec<f64> = Vec::new();
    for download in &session.downloads {
        let second = download.request_s.get().max(0.0).floor() as usize;
        let last = rates.last().copied().unwrap_or(download.bitrate_kbps.kbps());
        // A record may be anything; a week is more than enough.
        rates.resize((second + 1).clamp(rates.len(), 604_800.max(rates.len())), last);
        if let Some(rate) = rates.last_mut() {
            *rate = download.bitrate_kbps.kbps();
        }
    }
    let value = |now: usize| {
        let (mut changes, mut sum) = (0.0, 0.0);
        for back in 0..LOOKS_BACK.min(now + 1) {
            let weight = (LOOKS_BACK - back) as f64;
            let rate = rates[now - back];
            sum += weight * rate;
            if now > back {
                changes += weight * (rate - rates[now - back - 1]).abs();
            }
        }
        if sum > 0.0 { changes / sum } else { 0.0 }
    };
    (0..rates.len()).map(value).sum::<f64>() / rates.len().max(1) as f64
}
