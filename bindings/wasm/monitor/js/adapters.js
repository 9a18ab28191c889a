// Watches a player: reads its buffer level and tells a BufferHealthMonitor.
//
//     const watch = attach(player, monitor, { onMetrics: (metrics) => console.log(metrics.qoeScore) });
//     ...
//     watch.detach();

const ENDED = 0.05;

/**
 * How to read the buffer of a player: dash.js, hls.js, Shaka or a media element.
 * Returns { level(): seconds or NaN, media(): the media element or null }.
 */
export function reader(player) {
    if (!player || typeof player !== "object") {
        throw new TypeError("attach: expected a dash.js, hls.js or Shaka player, or a media element");
    }
    // dash.js: MediaPlayer().create()
    if (typeof player.getBufferLength === "function") {
        return {
            level: () => number(player.getBufferLength("video")),
            media: () => (typeof player.getVideoElement === "function" ? player.getVideoElement() : null),
        };
    }
    // Shaka: new shaka.Player()
    if (typeof player.getMediaElement === "function") {
        return { level: () => ahead(player.getMediaElement()), media: () => player.getMediaElement() };
    }
    // hls.js: new Hls()
    if (typeof player.attachMedia === "function") {
        return { level: () => ahead(player.media), media: () => player.media ?? null };
    }
    // <video>, <audio>
    if (player.buffered && "currentTime" in player) {
        return { level: () => ahead(player), media: () => player };
    }
    throw new TypeError("attach: expected a dash.js, hls.js or Shaka player, or a media element");
}

function number(value) {
    return typeof value === "number" ? value : NaN;
}

/** What is buffered ahead of the playhead, in seconds; NaN where nothing is known yet. */
function ahead(media) {
    if (!media || media.readyState === 0) {
        return NaN;
    }
    const { buffered, currentTime } = media;
    for (let i = 0; i < buffered.length; i += 1) {
        // Playback crosses gaps that are shorter than this.
        if (currentTime >= buffered.start(i) - 0.1 && currentTime <= buffered.end(i)) {
            return buffered.end(i) - currentTime;
        }
    }
    return 0;
}

/** Whether everything to the end is buffered: then a falling level is no danger. */
function complete(media, level) {
    return !!media && (media.ended || media.currentTime + level >= media.duration - ENDED);
}

/**
 * Tells a monitor the buffer level of a player, regularly and when playback stops or goes on.
 * options: interval (ms, default 100), onMetrics(metrics) at every report that is due, now() (ms, default performance.now).
 */
export function attach(player, monitor, options = {}) {
    const { interval = 100, onMetrics, now = () => performance.now() } = options;
    const read = reader(player);
    let last = 0;
    let seen = null;
    const update = () => {
        const media = read.media();
        if (media !== seen) {
            listen(seen, "removeEventListener", update);
            listen(media, "addEventListener", update);
            seen = media;
        }
        let level = read.level();
        if (Number.isNaN(level)) {
            return;
        }
        if (complete(media, level)) {
            level = Math.max(level, last);
        }
        last = level;
        const time = now();
        if (monitor.updateBufferLevel(level, time) && onMetrics) {
            onMetrics(JSON.parse(monitor.getMetrics(time)));
        }
    };
    const timer = setInterval(update, interval);
    update();
    return {
        update,
        detach() {
            clearInterval(timer);
            listen(seen, "removeEventListener", update);
            seen = null;
        },
    };
}

function listen(media, how, update) {
    if (media && typeof media[how] === "function") {
        for (const event of ["waiting", "playing", "seeked"]) {
            media[how](event, update);
        }
    }
}
