//! Several links side by side, such as the edge nodes of a content network: pieces of one video may come from each.

use units::{Bits, Seconds};

use super::{Ask, Client, FlowId, Passed, SharedLink};

/// One link per source. A client that joins has connections to each.
#[derive(Debug)]
pub struct Sources<L>(Vec<L>);

impl<L: SharedLink> Sources<L> {
    /// Source number i is the i-th link. There has to be one.
    pub fn new(links: Vec<L>) -> Option<Sources<L>> {
        (!links.is_empty()).then_some(Sources(links))
    }

    /// The links.
    pub fn links(&self) -> &[L] {
        &self.0
    }
}

impl<L: SharedLink> SharedLink for Sources<L> {
    fn join(&mut self) -> Client {
        self.0.iter_mut().fold(Client(0), |_, link| link.join())
    }

    /// The last source answers for one that there is not.
    fn open(&mut self, client: Client, source: u16, ask: Ask) -> FlowId {
        let source = usize::from(source).min(self.0.len() - 1);
        FlowId { source: source as u16, ..self.0[source].open(client, 0, ask) }
    }

    fn close(&mut self, flow: FlowId) -> Bits {
        self.0.get_mut(usize::from(flow.source)).map_or(Bits::ZERO, |link| link.close(flow))
    }

    fn received(&mut self, flow: FlowId) -> Bits {
        self.0.get_mut(usize::from(flow.source)).map_or(Bits::ZERO, |link| link.received(flow))
    }

    fn offered_and_carried(&self) -> (Bits, Bits) {
        let each = self.0.iter().map(SharedLink::offered_and_carried);
        each.fold((Bits::ZERO, Bits::ZERO), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    fn quiet(&mut self) -> Seconds {
        self.0.iter_mut().fold(Seconds::INFINITY, |least, link| least.min(link.quiet()))
    }

    fn lapse(&mut self, time: Seconds) {
        self.0.iter_mut().for_each(|link| link.lapse(time));
    }

    /// The link whose next event is the first goes there, and the others lapse as long.
    fn advance(&mut self, most: Seconds) -> Passed {
        let mut passed = Seconds::ZERO;
        loop {
            let quiet = self.0.iter_mut().map(SharedLink::quiet).enumerate();
            let first = quiet.min_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, q)| *q <= most - passed);
            let Some((source, quiet)) = first.filter(|(_, q)| *q < Seconds::INFINITY) else {
                if most < Seconds::INFINITY {
                    self.lapse(most - passed);
                }
                return Passed { time: most, news: None };
            };
            let step = self.0[source].advance(quiet);
            for (_, link) in self.0.iter_mut().enumerate().filter(|(i, _)| *i != source) {
                link.lapse(step.time);
            }
            passed += step.time;
            if let Some(mut report) = step.news {
                report.flow.source = source as u16;
                return Passed { time: passed, news: Some(report) };
            }
        }
    }
}
