//! Where names stand: beside their points where there is room; those of a crowd in two columns left and right of it, each at
//! the end of a line. Every name finds a place.

use crate::geometry::{Frame, Point};

/// Left, top, right, bottom.
pub(crate) type Area = [f64; 4];

/// A straight line between two points.
type Line = (Point, Point);

/// Half the side of the square that a dot keeps free.
const DOT: f64 = 6.0;
/// How far from the middle of its dot a leader line begins.
const OFF: f64 = 6.5;
/// A name that begins nearer than this to its dot needs no leader line.
const NEAR: f64 = 13.0;

/// A name and the room that it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Label {
    pub at: Point,
    /// How wide the name is.
    pub width: f64,
    pub height: f64,
}

/// Where a name stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub area: Area,
    /// The line that leads from its point to it, where it stands away from it.
    pub leader: Option<Line>,
}

/// What the names placed so far have taken.
struct Taken<'a> {
    frame: Frame,
    dots: &'a [Point],
    /// What is better not covered.
    lines: &'a [Line],
    areas: Vec<Area>,
    leaders: Vec<Line>,
}

/// As many names this near to each other are a crowd.
const CROWD: usize = 5;
/// How near, across and down.
const CROWDED: (f64, f64) = (36.0, 18.0);
/// How far from a crowd its columns of names stand.
const MARGIN: f64 = 30.0;

/// A place for every name. `lines` are covered only where it cannot be helped.
pub(crate) fn place(labels: &[Label], dots: &[Point], lines: &[Line], frame: Frame) -> Vec<Place> {
    let mut taken = Taken { frame, dots, lines, areas: Vec::new(), leaders: Vec::new() };
    let mut places: Vec<Option<Place>> = vec![None; labels.len()];
    for crowd in crowds(labels) {
        taken.columns(labels, &crowd, &mut places);
    }
    let rest = labels.iter().zip(places).map(|(label, place)| {
        place.unwrap_or_else(|| {
            let place = taken.best(label);
            taken.add(place);
            place
        })
    });
    rest.collect()
}

/// The crowds among some names: each is near to another one of its crowd.
fn crowds(labels: &[Label]) -> Vec<Vec<usize>> {
    let near = |a: Point, b: Point| (a.0 - b.0).abs() < CROWDED.0 && (a.1 - b.1).abs() < CROWDED.1;
    let mut seen = vec![false; labels.len()];
    let mut crowds = Vec::new();
    for first in 0..labels.len() {
        if seen[first] {
            continue;
        }
        seen[first] = true;
        let (mut crowd, mut next) = (vec![first], 0);
        while let Some(member) = crowd.get(next).copied() {
            for other in first + 1..labels.len() {
                if !seen[other] && near(labels[member].at, labels[other].at) {
                    seen[other] = true;
                    crowd.push(other);
                }
            }
            next += 1;
        }
        if crowd.len() >= CROWD {
            crowds.push(crowd);
        }
    }
    crowds
}

impl Taken<'_> {
    fn add(&mut self, place: Place) {
        self.areas.push(place.area);
        self.leaders.extend(place.leader);
    }

    /// Places for a crowd: the names of its left half in a column on its left, the others on its right, each column in the
    /// order of the points from the top down, so that lines hardly cross.
    fn columns(&mut self, labels: &[Label], crowd: &[usize], places: &mut [Option<Place>]) {
        let f = self.frame;
        let by_x = |a: &usize, b: &usize| labels[*a].at.0.total_cmp(&labels[*b].at.0).then(a.cmp(b));
        let mut order = crowd.to_vec();
        order.sort_by(by_x);
        let ends = (labels[order[0]].at.0, labels[order[order.len() - 1]].at.0);
        let middle = crowd.iter().map(|i| labels[*i].at.1).sum::<f64>() / crowd.len() as f64;
        let widest = crowd.iter().map(|i| labels[*i].width).fold(0.0, f64::max);
        let height = crowd.iter().map(|i| labels[*i].height).fold(1.0, f64::max);
        // The near edge of a column, and the way it grows.
        let (left, right) = (ends.0 - MARGIN, ends.1 + MARGIN);
        let room = (left - widest >= f.left, right + widest <= f.right);
        let half = match room {
            (true, false) => order.len(),
            (false, true) => 0,
            _ => order.len() / 2,
        };
        let (lefts, rights) = order.split_at(half);
        for (members, edge, way) in [(lefts, left, -1.0), (rights, right, 1.0)] {
            let mut members = members.to_vec();
            members.sort_by(|a, b| labels[*a].at.1.total_cmp(&labels[*b].at.1).then(by_x(a, b)));
            let (edge, slots) = self.slots((widest, height), members.len(), (edge, way), middle);
            for (member, top) in members.iter().zip(slots) {
                let label = &labels[*member];
                let area = column_area(edge, way, top, (label.width, height));
                let to = (edge - way * 2.0, top + height / 2.0);
                let part = (OFF / apart(label.at, to)).min(1.0);
                let from = (label.at.0 + (to.0 - label.at.0) * part, label.at.1 + (to.1 - label.at.1) * part);
                places[*member] = Some(Place { area, leader: Some((from, to)) });
                self.areas.push(area);
            }
        }
        self.leaders.extend(crowd.iter().filter_map(|i| places[*i]?.leader));
    }

    /// Where a column of `wanted` names stands, and the tops of its names: the free ones nearest to the middle of the crowd. A
    /// little further out if that keeps it off every line, else over the lines.
    fn slots(
        &self,
        (width, height): (f64, f64),
        wanted: usize,
        (edge, way): (f64, f64),
        middle: f64,
    ) -> (f64, Vec<f64>) {
        let f = self.frame;
        let pitch = height + 1.0;
        let most = (f.height() / pitch).clamp(0.0, 400.0) as usize;
        // One slot stands level with the middle.
        let first = f.top + 1.0 + (middle - height / 2.0 - f.top).rem_euclid(pitch);
        let free = |edge: f64, lines: &[Line]| -> Vec<f64> {
            let tops = (0..most).map(|k| first + k as f64 * pitch);
            tops.filter(|top| {
                let area = column_area(edge, way, *top, (width, height));
                self.is_free(&area) && !lines.iter().any(|l| crosses(*l, &area))
            })
            .collect()
        };
        let far = |top: &f64| (top + height / 2.0 - middle).abs();
        let reach = |slots: &[f64]| {
            let mut distances: Vec<f64> = slots.iter().map(far).collect();
            distances.sort_by(f64::total_cmp);
            distances.get(wanted.saturating_sub(1)).copied()
        };
        let compact = wanted as f64 * pitch;
        let further = [0.0, 15.0, 30.0, 50.0, 75.0].map(|by| edge + way * by);
        let mut clear = further.into_iter().map(|edge| (edge, free(edge, self.lines)));
        let (edge, mut slots) = clear
            .find(|(_, slots)| reach(slots).is_some_and(|far| far <= compact))
            .unwrap_or_else(|| (edge, free(edge, &[])));
        slots.sort_by(|a, b| far(a).total_cmp(&far(b)).then(a.total_cmp(b)));
        slots.truncate(wanted);
        slots.sort_by(f64::total_cmp);
        (edge, slots)
    }

    /// Whether an area lies in the frame and covers no dot, name or leader line.
    fn is_free(&self, a: &Area) -> bool {
        let f = self.frame;
        let inside = a[0] >= f.left && a[2] <= f.right && a[1] >= f.top && a[3] <= f.bottom;
        inside
            && !self.areas.iter().any(|b| meet(a, b))
            && !self.dots.iter().any(|d| meet(a, &square(*d)))
            && !self.leaders.iter().any(|l| crosses(*l, a))
    }

    /// The cheapest place that covers no dot and no name; failing that anywhere in the frame, first without a line through
    /// other names, then with; and failing that the place that covers least.
    fn best(&self, label: &Label) -> Place {
        let cheapest = |candidates: &mut dyn Iterator<Item = Area>, through: bool| {
            let priced = candidates.filter_map(|area| self.cost(label, area, through));
            priced.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, place)| place)
        };
        cheapest(&mut beside(label).into_iter().chain(around(label)), false)
            .or_else(|| cheapest(&mut self.anywhere(label), false))
            .or_else(|| cheapest(&mut self.anywhere(label), true))
            .unwrap_or_else(|| self.least(label))
    }

    /// What a place costs: its distance, and what it or its leader line crosses. `None` where it cannot stand. `through`:
    /// whether the line may lead through names.
    fn cost(&self, label: &Label, area: Area, through: bool) -> Option<(f64, Place)> {
        if !self.is_free(&area) {
            return None;
        }
        let near = (label.at.0.clamp(area[0], area[2]), label.at.1.clamp(area[1], area[3]));
        let distance = apart(label.at, near);
        let covered = self.lines.iter().filter(|l| crosses(**l, &area)).count() as f64;
        let mut cost = distance + 14.0 * covered;
        let mut leader = None;
        if distance > NEAR {
            let part = OFF / distance;
            let from = (label.at.0 + (near.0 - label.at.0) * part, label.at.1 + (near.1 - label.at.1) * part);
            let line = (from, near);
            let names = self.areas.iter().filter(|a| crosses(line, a)).count();
            if names > 0 && !through {
                return None;
            }
            let dots = self.dots.iter().filter(|d| **d != label.at && crosses(line, &square(**d))).count();
            let tangled = self.leaders.iter().filter(|l| cut(line, **l)).count();
            cost += 20.0 + 90.0 * (5 * names + dots + tangled) as f64;
            leader = Some(line);
        }
        Some((cost, Place { area, leader }))
    }

    /// Places all over the frame.
    fn anywhere(&self, label: &Label) -> impl Iterator<Item = Area> {
        let (f, w, h) = (self.frame, label.width, label.height);
        let steps = |room: f64, step: f64| (room / step).clamp(0.0, 120.0) as usize;
        let (across, down) = (steps(f.width() - w, 12.0), steps(f.height() - h, h.max(1.0) * 0.6));
        (0..=down).flat_map(move |j| {
            let top = f.top + j as f64 * h.max(1.0) * 0.6;
            (0..=across).map(move |i| {
                let left = f.left + i as f64 * 12.0;
                [left, top, left + w, top + h]
            })
        })
    }

    /// The place beside or around the point, pushed into the frame, that covers least of what is there.
    fn least(&self, label: &Label) -> Place {
        let f = self.frame;
        let inside = |a: Area| {
            let left = a[0].min(f.right - label.width).max(f.left);
            let top = a[1].min(f.bottom - label.height).max(f.top);
            [left, top, left + label.width, top + label.height]
        };
        let covered = |a: &Area| {
            let others = self.areas.iter().map(|b| overlap(a, b)).sum::<f64>();
            others + self.dots.iter().map(|d| overlap(a, &square(*d))).sum::<f64>() / 4.0
        };
        let priced = beside(label).into_iter().chain(around(label)).map(inside).map(|a| (covered(&a), a));
        let best = priced.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, area)| area);
        let at = label.at;
        Place { area: best.unwrap_or([at.0, at.1, at.0 + label.width, at.1 + label.height]), leader: None }
    }
}

/// A name in a column: from the column's near edge outwards.
fn column_area(edge: f64, way: f64, top: f64, (width, height): (f64, f64)) -> Area {
    let far = edge + way * width;
    [edge.min(far), top, edge.max(far), top + height]
}

/// The six places that touch the dot, the best ones first.
fn beside(label: &Label) -> [Area; 6] {
    let ((x, y), w, h) = (label.at, label.width, label.height);
    let (above, below) = (y - 5.0, y + 6.0 + h);
    let (right, left, middle) = (x + 7.0, x - 7.0 - w, x - w / 2.0);
    [
        (right, above),
        (right, below),
        (left, above),
        (left, below),
        (middle, above - 3.0),
        (middle, below + 3.0),
    ]
    .map(|(left, bottom)| [left, bottom - h, left + w, bottom])
}

/// Places on rings around the dot.
fn around(label: &Label) -> impl Iterator<Item = Area> {
    /// Sixteen directions: eight by their cosine and sine, and those that point the other way.
    const WAYS: [(f64, f64); 8] = [
        (1.0, 0.0),
        (0.92, 0.38),
        (0.71, 0.71),
        (0.38, 0.92),
        (0.0, 1.0),
        (-0.38, 0.92),
        (-0.71, 0.71),
        (-0.92, 0.38),
    ];
    const RINGS: [f64; 12] = [16.0, 22.0, 29.0, 37.0, 46.0, 57.0, 70.0, 86.0, 105.0, 130.0, 165.0, 210.0];
    let ((x, y), w, h) = (label.at, label.width, label.height);
    let ways = WAYS.into_iter().flat_map(|(dx, dy)| [(dx, dy), (-dx, -dy)]);
    RINGS.into_iter().flat_map(move |r| {
        ways.clone().map(move |(dx, dy)| {
            // The nearest point of the name lies on the ring.
            let (cx, cy) = (x + dx * r, y + dy * r);
            let left = cx + (dx - 1.0) / 2.0 * w;
            let top = cy + (dy - 1.0) / 2.0 * h;
            [left, top, left + w, top + h]
        })
    })
}

fn square((x, y): Point) -> Area {
    [x - DOT, y - DOT, x + DOT, y + DOT]
}

fn apart(a: Point, b: Point) -> f64 {
    ((b.0 - a.0) * (b.0 - a.0) + (b.1 - a.1) * (b.1 - a.1)).sqrt()
}

fn meet(a: &Area, b: &Area) -> bool {
    a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
}

fn overlap(a: &Area, b: &Area) -> f64 {
    let across = (a[2].min(b[2]) - a[0].max(b[0])).max(0.0);
    across * (a[3].min(b[3]) - a[1].max(b[1])).max(0.0)
}

fn crosses((a, b): Line, area: &Area) -> bool {
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for (from, to, low, high) in [(a.0, b.0, area[0], area[2]), (a.1, b.1, area[1], area[3])] {
        let along = to - from;
        if along == 0.0 {
            if from < low || from > high {
                return false;
            }
            continue;
        }
        let (s, t) = ((low - from) / along, (high - from) / along);
        (enter, leave) = (enter.max(s.min(t)), leave.min(s.max(t)));
    }
    enter <= leave
}

/// Whether two lines cut each other.
fn cut((a, b): Line, (c, d): Line) -> bool {
    let side = |p: Point, q: Point, r: Point| (q.0 - p.0) * (r.1 - p.1) - (q.1 - p.1) * (r.0 - p.0);
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame { left: 60.0, right: 900.0, top: 40.0, bottom: 520.0 };

    fn labels(points: &[Point]) -> Vec<Label> {
        let width = |i: usize| 40.0 + (i * 37 % 90) as f64;
        points.iter().enumerate().map(|(i, p)| Label { at: *p, width: width(i), height: 14.0 }).collect()
    }

    /// Every name stands in the frame, and covers no dot and no other name.
    fn readable(points: &[Point], places: &[Place]) {
        assert_eq!(points.len(), places.len());
        for (i, p) in places.iter().enumerate() {
            let a = &p.area;
            assert!(a[0] >= FRAME.left && a[2] <= FRAME.right && a[1] >= FRAME.top && a[3] <= FRAME.bottom);
            assert!(!points.iter().any(|d| meet(a, &square(*d))), "{i} covers a dot");
            assert!(!places[..i].iter().any(|q| meet(a, &q.area)), "{i} covers a name");
            assert!(!places[..i].iter().filter_map(|q| q.leader).any(|l| crosses(l, a)), "{i} covers a line");
        }
    }

    #[test]
    fn a_lone_name_stands_beside_its_point() {
        let points = [(300.0, 300.0)];
        let places = place(&labels(&points), &points, &[], FRAME);
        readable(&points, &places);
        assert_eq!(places[0].leader, None);
        assert!(places[0].area[0] - 300.0 < NEAR);
    }

    #[test]
    fn names_of_points_on_one_heap_all_find_a_place() {
        for apart in [0.0, 0.3, 2.0, 9.0] {
            let heap: Vec<Point> = (0..30)
                .map(|i| (450.0 + apart * f64::from(i % 6), 250.0 + apart * f64::from(i / 6)))
                .collect();
            let places = place(&labels(&heap), &heap, &[], FRAME);
            readable(&heap, &places);
            assert!(places.iter().filter(|p| p.leader.is_some()).count() > 20, "{apart}");
        }
    }

    #[test]
    fn names_at_the_corners_of_the_frame_stay_inside() {
        let points = [(60.0, 40.0), (900.0, 40.0), (60.0, 520.0), (900.0, 520.0)];
        readable(&points, &place(&labels(&points), &points, &[], FRAME));
    }

    #[test]
    fn where_there_is_no_room_names_are_still_there() {
        let tiny = Frame { left: 0.0, right: 30.0, top: 0.0, bottom: 20.0 };
        let points = [(5.0, 5.0), (9.0, 9.0), (25.0, 15.0)];
        assert_eq!(place(&labels(&points), &points, &[], tiny).len(), 3);
        let many: Vec<Point> = (0..400).map(|i| (480.0 + f64::from(i % 7), 300.0)).collect();
        assert_eq!(place(&labels(&many), &many, &[], FRAME).len(), 400);
    }

    #[test]
    fn lines_touch_areas_and_each_other() {
        let area = [10.0, 10.0, 20.0, 20.0];
        assert!(crosses(((0.0, 15.0), (30.0, 15.0)), &area) && crosses(((12.0, 0.0), (12.0, 11.0)), &area));
        assert!(!crosses(((0.0, 0.0), (30.0, 5.0)), &area) && !crosses(((0.0, 15.0), (9.0, 15.0)), &area));
        assert!(cut(((0.0, 0.0), (2.0, 2.0)), ((0.0, 2.0), (2.0, 0.0))));
        assert!(!cut(((0.0, 0.0), (1.0, 1.0)), ((3.0, 2.0), (2.0, 3.0))));
    }
}
