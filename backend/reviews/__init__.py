"""Review: the judgement of a visit's answers against their proof; the only caller that writes scorecards."""
