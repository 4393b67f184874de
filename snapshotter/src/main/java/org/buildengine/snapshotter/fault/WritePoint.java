package org.buildengine.snapshotter.fault;

import java.util.function.Consumer;

/**
 * The places in the paths that write, between which a sudden death leaves something else on the disk. Tests end the process
 * at each of them; otherwise reaching one does nothing.
 */
public enum WritePoint {
    BLOB_OPENED,
    BLOB_WRITTEN,
    BLOB_NAMED,
    BLOB_RECORDED,
    LAYER_INTENDED,
    LAYER_STAGED,
    LAYER_FILLED,
    LAYER_WRITTEN,
    LAYER_INDEXED,
    LAYER_SHELVED,
    LAYER_GIVEN_UP,
    WORKSPACE_MADE,
    WORKSPACE_MOUNTED,
    WORKSPACE_UNMOUNTED,
    UPPER_SCANNED,
    UPPER_NORMAL,
    UPPER_INDEXED,
    UPPER_MOVED,
    CONVERSION_STAGED,
    CONVERSION_FILLED,
    CONVERSION_WRITTEN,
    CONVERSION_INDEXED,
    CONVERSION_SYNCHRONISED,
    CONVERSION_PLACED,
    CONVERSION_DURABLE,
    CONVERSION_RETIRED,
    CONVERSION_GIVEN_UP,
    RESULT_NUMBERED,
    BATCH_MADE,
    BATCH_WRITTEN,
    RESULT_WRITTEN,
    USES_TAKEN,
    EPOCH_ENDING,
    EPOCH_ENDED,
    EPOCH_SYNCHRONISED,
    EPOCH_DURABLE,
    REMOVAL_BEGUN,
    REMOVAL_LISTED,
    ORPHANS_CUT,
    CUT_WRITTEN,
    CUT_UNMOUNTED,
    CUT_LAYER_DISCARDED,
    CUT_BLOB_DISCARDED,
    KEYS_SWEPT,
    TRASHED,
    TRASH_UNLINKED,
    VOLUME_DRAFTED,
    VOLUME_FILLED,
    VOLUME_NAMED,
    VOLUME_NOTED,
    VOLUME_FORGOTTEN,
    VOLUME_DISCARDED,
    ROOT_LOCKED,
    DATABASE_OPENED,
    FORMAT_RECORDED,
    BOOT_RECORDED,
    WORK_CLEARED,
    LAYERS_RESTORED,
    BLOBS_RESTORED,
    INTENTS_DROPPED,
    VOLUMES_DROPPED,
    LAST_EPOCH_ENDED,
    WRITER_CLOSED,
    DATABASE_CLOSED;

    private static volatile Consumer<WritePoint> listener = _ -> {};

    /** Called where the place is. */
    public void reached() {
        listener.accept(this);
    }

    /** Lets {@code told} hear of every place that is reached from now on, in the thread that reaches it. */
    public static void listen(Consumer<WritePoint> told) {
        listener = told;
    }
}
