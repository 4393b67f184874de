package org.buildengine.snapshotter;

/**
 * What packing wrote.
 *
 * @param diffId digest of the archive before compression
 * @param digest digest of the bytes that were written
 * @param size how many bytes were written
 */
public record PackedLayer(Digest diffId, Digest digest, long size) {}
