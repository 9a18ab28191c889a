import type { BufferHealthMetrics, BufferHealthMonitor } from "./buffer_health_monitoring.js";

/** A dash.js, hls.js or Shaka player, or a media element. */
export type WatchedPlayer =
    | { getBufferLength(type: "video" | "audio"): number }
    | { getMediaElement(): HTMLMediaElement | null }
    | { attachMedia(media: HTMLMediaElement): void; media: HTMLMediaElement | null }
    | HTMLMediaElement;

export interface WatchOptions {
    /** Milliseconds between two looks at the buffer. Default 100. */
    interval?: number;
    /** Told at every report that is due. */
    onMetrics?: (metrics: BufferHealthMetrics) => void;
    /** The clock, in milliseconds. Default performance.now. */
    now?: () => number;
}

export interface Watch {
    /** Looks at the buffer now. */
    update(): void;
    /** Ends watching. */
    detach(): void;
}

/** Tells a monitor the buffer level of a player, regularly and when playback stops or goes on. */
export function attach(player: WatchedPlayer, monitor: BufferHealthMonitor, options?: WatchOptions): Watch;

/** How to read the buffer of a player: its level in seconds (NaN where nothing is known yet), and its media element. */
export function reader(player: WatchedPlayer): { level(): number; media(): HTMLMediaElement | null };
