enable subgroups;
// Loops with subgroup operations run equally often in all invocations of a subgroup: as often as its longest row needs.
// The compiler's uniformity analysis cannot prove that.
diagnostic(off, subgroup_uniformity);
