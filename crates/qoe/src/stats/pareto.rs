//! What is not beaten in both.

/// The points that no other is at least as good as in both and better in one: the first number is to be small (stalls,
/// latency), the second to be large (quality). Indices by ascending first number.
pub fn pareto_front(points: &[(f64, f64)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|a, b| {
        let (p, q) = (points[*a], points[*b]);
        p.0.total_cmp(&q.0).then(q.1.total_cmp(&p.1)).then(a.cmp(b))
    });
    let mut front: Vec<usize> = Vec::new();
    for i in order {
        let beaten = front.last().is_some_and(|last| {
            let (best, here) = (points[*last], points[i]);
            // A point equal to one on the front is on it too.
            best.1 >= here.1 && best != here
        });
        if !beaten && points[i].0.is_finite() && points[i].1.is_finite() {
            front.push(i);
        }
    }
    front
}
