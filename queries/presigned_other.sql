-- title: Studio opened as somebody else
-- group: Studio
-- question: Who opened Studio under a profile that is not theirs? Names are compared without their domain and punctuation.
-- param: profile resource optional - part of the profile's name
-- limit: 200
-- since: 30d
-- example: presigned-other since=30d
-- expect: actor=maya.okafor@example.com | profile=diego-ramirez
WITH opened AS (
    SELECT eventtime, actor, known_by, account, region,
        json_extract_scalar(requestparameters, '$.domainId') AS domain,
        json_extract_scalar(requestparameters, '$.userProfileName') AS profile,
        regexp_replace(lower(split_part(actor, '@', 1)), '[^a-z0-9]', '') AS who,
        regexp_replace(
            lower(split_part(json_extract_scalar(requestparameters, '$.userProfileName'), '@', 1)), '[^a-z0-9]', ''
        ) AS whose
    FROM events
    WHERE service = 'sagemaker' AND eventname = 'CreatePresignedDomainUrl' AND result = 'done'
        AND (:profile = '' OR strpos(mentions, lower(:profile)) > 0)
)
SELECT eventtime, actor, known_by, account, region, domain, profile
FROM opened
WHERE strpos(whose, who) <> 1 AND strpos(who, whose) <> 1
ORDER BY eventtime DESC
