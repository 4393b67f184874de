package org.buildengine.snapshotter.tree;

import java.util.Arrays;

/** Finds the nodes of a table that grows by directory and name: a hash table with open addressing. Used by one thread at a time. */
final class ChildNames {
    private final NodeTable table;
    private int[] parents = new int[16];

    /** One more than the node; 0 where there is none. */
    private int[] buckets = new int[32];

    /** Without any nodes but the root, which has no name. */
    ChildNames(NodeTable table) {
        this.table = table;
    }

    /** The node that was added with that name, or {@link LayerView#NONE}. */
    int node(int directory, byte[] name) {
        int slot = hash(directory, name) & (buckets.length - 1);
        while (buckets[slot] != 0) {
            int node = buckets[slot] - 1;
            if (parents[node] == directory && table.compareName(node, name) == 0) {
                return node;
            }
            slot = (slot + 1) & (buckets.length - 1);
        }
        return LayerView.NONE;
    }

    /** Adds the node that was put into the table last. */
    void add(int directory, int node, byte[] name) {
        if (node >= parents.length) {
            parents = Arrays.copyOf(parents, 2 * node);
        }
        parents[node] = directory;
        if (2 * table.count() > buckets.length) {
            rehash();
        } else {
            insert(node, name);
        }
    }

    private void rehash() {
        buckets = new int[buckets.length * 2];
        for (int node = 1; node < table.count(); node++) {
            insert(node, table.nameBytes(node));
        }
    }

    private void insert(int node, byte[] name) {
        int slot = hash(parents[node], name) & (buckets.length - 1);
        while (buckets[slot] != 0) {
            slot = (slot + 1) & (buckets.length - 1);
        }
        buckets[slot] = node + 1;
    }

    private static int hash(int directory, byte[] name) {
        int hash = (Arrays.hashCode(name) * 31 + directory) * 0x9E3779B1;
        return hash ^ (hash >>> 15);
    }
}
