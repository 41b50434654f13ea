enable subgroups;
// Loops that hold subgroup operations last alike within a subgroup: as long as its longest row. No analysis sees that.
diagnostic(off, subgroup_uniformity);
