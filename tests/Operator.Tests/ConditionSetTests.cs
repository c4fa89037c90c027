using k8s.Models;

namespace Operator.Tests;

public sealed class ConditionSetTests
{
    private static readonly DateTimeOffset Then = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    private static readonly DateTimeOffset Now = Then.AddMinutes(5).AddMilliseconds(123);

    [Fact]
    public void Set_ForTheFirstTime_HasAllFieldsAndWholeSeconds()
    {
        var condition = Assert.Single(new ConditionSet(null, 7, Now).Set("Ready", true, "Connected", "As ana.").ToList());

        Assert.Equal(
            ("Ready", "True", "Connected", "As ana.", 7),
            (condition.Type, condition.Status, condition.Reason, condition.Message, condition.ObservedGeneration)
        );
        Assert.Equal(Then.AddMinutes(5).UtcDateTime, condition.LastTransitionTime);
        Assert.Equal(DateTimeKind.Utc, condition.LastTransitionTime.Kind);
    }

    [Theory]
    [InlineData(true, "True")]
    [InlineData(false, "False")]
    [InlineData(null, "Unknown")]
    public void Set_Status_IsKubernetesWord(bool? status, string word) =>
        Assert.Equal(word, Assert.Single(new ConditionSet(null, 1, Now).Set("Ready", status, "R", "m").ToList()).Status);

    [Fact]
    public void Set_SameStatusForAnotherReason_KeepsTheTimeOnly()
    {
        var condition = Assert.Single(new ConditionSet(Before(), 2, Now).Set("Ready", false, "KeyNotFound", "new").ToList());

        Assert.Equal(Then.UtcDateTime, condition.LastTransitionTime);
        Assert.Equal(("KeyNotFound", "new", 2), (condition.Reason, condition.Message, condition.ObservedGeneration));
    }

    [Fact]
    public void Set_OtherStatus_HasTheNewTime() =>
        Assert.Equal(
            Then.AddMinutes(5).UtcDateTime,
            Assert.Single(new ConditionSet(Before(), 1, Now).Set("Ready", true, "SecretNotFound", "old").ToList()).LastTransitionTime
        );

    [Fact]
    public void ToList_NotSet_IsAbsent() =>
        Assert.Equal(["Ready"], new ConditionSet(Before(), 1, Now).Set("Ready", true, "R", "m").ToList().Select(c => c.Type));

    [Fact]
    public void ToList_WhateverTheOrderOfSetting_IsInTheSameOrder()
    {
        var conditions = new ConditionSet(null, 1, Now)
            .Set("Zebra", true, "R", "m")
            .Set("Stalled", true, "R", "m")
            .Set("Another", true, "R", "m")
            .Set("Synced", true, "R", "m")
            .Set("Ready", true, "R", "m")
            .Set("CredentialsVerified", true, "R", "m")
            .Set("Reconciling", true, "R", "m");

        Assert.Equal(
            ["Ready", "Reconciling", "Stalled", "Synced", "CredentialsVerified", "Another", "Zebra"],
            conditions.ToList().Select(condition => condition.Type)
        );
    }

    [Fact]
    public void Set_Twice_TheLastOneCounts() =>
        Assert.Equal(
            "second",
            Assert
                .Single(new ConditionSet(null, 1, Now).Set("Ready", false, "R", "first").Set("Ready", true, "R", "second").ToList())
                .Message
        );

    [Fact]
    public void Keep_OnTheObject_LeavesItAsItIs()
    {
        var before = Before();

        Assert.Same(before[1], Assert.Single(new ConditionSet(before, 9, Now).Keep("Stalled").ToList()));
    }

    [Fact]
    public void Keep_NotOnTheObject_IsAbsent() => Assert.Empty(new ConditionSet(Before(), 1, Now).Keep("Synced").ToList());

    [Theory]
    [InlineData(32768, false)]
    [InlineData(32769, true)]
    public void Set_Message_IsNoLongerThanTheServerTakes(int length, bool cut)
    {
        var message = Assert.Single(new ConditionSet(null, 1, Now).Set("Ready", true, "R", new string('x', length)).ToList()).Message;

        Assert.Equal(32768, message.Length);
        Assert.Equal(cut, message.EndsWith('…'));
    }

    [Fact]
    public void Fit_CutInsideASurrogatePair_LeavesNoHalf()
    {
        Assert.Equal("a…", Text.Fit("a😀😀", 3));
        Assert.Equal("a😀…", Text.Fit("a😀😀", 4));
    }

    private static V1Condition[] Before() =>
        [Condition("Ready", "False", "SecretNotFound", "old"), Condition("Stalled", "True", "SecretNotFound", "old")];

    private static V1Condition Condition(string type, string status, string reason, string message) =>
        new()
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = message,
            ObservedGeneration = 1,
            LastTransitionTime = Then.UtcDateTime,
        };
}
