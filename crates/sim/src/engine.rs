//! The engine: a player on a link, from event to event.

use abr::AbrStrategy;
use netmodel::{Flight, NetworkModel, Quantum};
use player::{Action, Delivery, Look, Observer, Player, Request};
use units::{Bits, Seconds};

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was played.
    Complete,
    /// The link ended for good before everything was fetched; what had been fetched was played.
    NetworkEnded,
}

/// Runs a session to its end.
pub fn drive<A: AbrStrategy, N: NetworkModel, O: Observer>(
    player: &mut Player<'_, A>,
    link: &mut N,
    observer: &mut O,
) -> Outcome {
    loop {
        match player.next(observer) {
            Action::Wait(time) => {
                player.waited(time, observer);
                link.idle(time);
                player.link_moved(link.entries(), observer);
            }
            Action::Fetch(request) => {
                let ended = if request.watched {
                    watch(player, &request, link, observer)
                } else {
                    fetch(player, &request, link, observer)
                };
                if ended {
                    player.network_ended(observer);
                    return Outcome::NetworkEnded;
                }
            }
            Action::PlayOut(time) => player.waited(time, observer),
            Action::End => return Outcome::Complete,
        }
    }
}

/// A request that nobody watches: one step. True if the link ended.
#[inline]
fn fetch<A: AbrStrategy, N: NetworkModel, O: Observer>(
    player: &mut Player<'_, A>,
    request: &Request,
    link: &mut N,
    observer: &mut O,
) -> bool {
    let latency = link.open();
    let total = latency + link.carry_all(request.size).time;
    if total == Seconds::INFINITY {
        return true;
    }
    player.link_moved(link.entries(), observer);
    player.finished(request, Delivery { latency, total }, observer);
    false
}

/// A request that may be abandoned: look by look. True if the link ended.
#[inline]
fn watch<A: AbrStrategy, N: NetworkModel, O: Observer>(
    player: &mut Player<'_, A>,
    request: &Request,
    link: &mut N,
    observer: &mut O,
) -> bool {
    let quantum = Quantum { bits: player.options().look_bits, time: player.options().look_time };
    let latency = link.open();
    let mut flight = Flight { size: request.size, received: Bits::ZERO, elapsed: latency };
    // The latency counts towards the first look.
    link.fly(&mut flight, Quantum { time: quantum.time - latency, ..quantum }, Seconds::ZERO);
    while flight.received < flight.size {
        if flight.elapsed == Seconds::INFINITY {
            return true;
        }
        match player.progress(request, flight.received, flight.elapsed, latency) {
            Look::Continue { until } => link.fly(&mut flight, quantum, until),
            Look::Abandon(ending) => {
                player.link_moved(link.entries(), observer);
                let delivery = Delivery { latency, total: flight.elapsed };
                player.abandoned(request, delivery, flight.received, ending, observer);
                return false;
            }
        }
    }
    player.link_moved(link.entries(), observer);
    player.finished(request, Delivery { latency, total: flight.elapsed }, observer);
    false
}
